"""Slots in words: how the timeline tells of what somebody saw."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _


def exposure_words(properties: Mapping[str, Any]) -> str:
    """Return what an exposure says in one line."""
    variant = properties.get("name") or properties.get("variant", "")
    words = {"slot": str(properties.get("slot", "")), "variant": str(variant)}
    if properties.get("control"):
        return _("%(slot)s: the site’s own content (control group)") % words
    return _("%(slot)s: variant %(variant)s") % words
