"""What the script says was seen, believed only as far as it was given; it enters the log as any act does.

So it has a verdict, joins with the person once the visitor is known, and is erased with them.
"""

from typing import Any
from uuid import UUID

from prm.organisations.models import Organisation
from touchpoints.slots.tokens import read_token

KIND = "slot_shown"


def prove_exposure(organisation: Organisation, browser: UUID | None, said: dict[str, Any]) -> dict[str, Any] | None:
    """Return the properties of an exposure; None where the token does not prove it. No query."""
    exposure = read_token(organisation.pk, browser, str(said.get("x", "")))
    if exposure is None:
        return None
    return {
        "slot": exposure.slot,
        "version": exposure.version,
        "variant": exposure.variant,
        "control": exposure.is_control,
    }
