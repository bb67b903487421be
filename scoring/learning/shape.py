"""What the rules of a version ask, whatever they give for it: learned weights hold as long as that is the same."""

import json
from hashlib import sha256

from scoring.models import ModelVersion
from scoring.versions import rule_parts

# What taking over suggestions changes, and a name.
_LOOSE = frozenset({"name", "points", "cap", "is_enabled"})


def shape_of(version: ModelVersion) -> str:
    """Return a digest of what each rule asks. At most one query."""
    asked = [
        [rule.pk, rule.axis, {name: value for name, value in rule_parts(rule).items() if name not in _LOOSE}]
        for rule in version.list_rules()
    ]
    return sha256(json.dumps(asked, sort_keys=True, default=str).encode()).hexdigest()
