"""The trail of what people change."""

import json
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Model

from prm.organisations.models import AuditEntry, Organisation, User

Actor = User | str


def record(
    organisation: Organisation,
    actor: Actor | None,
    action: str,
    obj: Model | None = None,
    *,
    label: str = "",
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """Write one entry, in the transaction of the change. `actor` is a person, or the name of a key or command.

    Of `before` and `after`, only what differs is kept.
    """
    old, new = _plain(before or {}), _plain(after or {})
    changed = [key for key in {**old, **new} if old.get(key) != new.get(key)]
    AuditEntry.objects.create(
        organisation=organisation,
        actor=actor if isinstance(actor, User) else None,
        actor_label=(str(actor) if actor else "PRM")[:160],
        action=action,
        object_type=obj._meta.model_name or "" if obj is not None else "",
        object_id=obj.pk if obj is not None else None,
        object_label=(label or (str(obj) if obj is not None else ""))[:200],
        before={key: old[key] for key in changed if key in old},
        after={key: new[key] for key in changed if key in new},
    )


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    plain: dict[str, Any] = json.loads(json.dumps(values, cls=DjangoJSONEncoder))
    return plain
