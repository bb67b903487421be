"""What the script says was seen, believed only as far as it was given; it enters the log as any act does.

So it has a verdict, joins with the person once the visitor is known, and is erased with them.
"""

import threading
from typing import Any
from uuid import UUID

from prm.organisations.models import Organisation
from touchpoints.slots.document import read_document
from touchpoints.slots.models import SlotVersion
from touchpoints.slots.tokens import Exposure, read_token

KIND = "slot_shown"
# Names of published variants, which never change; what a worker keeps of them.
MOST_KEPT = 2000
_names: dict[tuple[int, str, int], dict[str, str]] = {}
_lock = threading.Lock()


def prove_exposure(organisation: Organisation, browser: UUID | None, said: dict[str, Any]) -> dict[str, Any] | None:
    """Return the properties of an exposure; None where the token does not prove it. A query for each new version."""
    exposure = read_token(organisation.pk, browser, str(said.get("x", "")))
    if exposure is None:
        return None
    return {
        "slot": exposure.slot,
        "version": exposure.version,
        "variant": exposure.variant,
        "name": _name(organisation, exposure),
        "control": exposure.is_control,
    }


def forget_names() -> None:
    """Let names be looked up anew."""
    _names.clear()


def _name(organisation: Organisation, exposure: Exposure) -> str:
    place = (organisation.pk, exposure.slot, exposure.version)
    if place not in _names:
        found = SlotVersion.objects.filter(
            organisation=organisation, slot__key=exposure.slot, number=exposure.version
        ).first()
        variants = read_document(found.document).variants if found is not None else ()
        with _lock:
            if len(_names) >= MOST_KEPT:
                _names.clear()
            _names[place] = {one.key: one.name for one in variants}
    return _names.get(place, {}).get(exposure.variant, "")
