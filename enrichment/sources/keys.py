"""The keys organisations have at sources: sealed in the database, unsealed where they are used."""

from enrichment.sources.models import SourceChoice
from prm.work.sealing import unseal

# Characters of a key that are shown again.
ENDING = 4


def find_key(source: str, organisation_id: int) -> str:
    """Return an organisation's own key; "" for none, or for one that can no longer be unsealed. One query."""
    if not organisation_id:
        return ""
    choice = SourceChoice.objects.filter(organisation_id=organisation_id, source=source).first()
    return key_of(choice) if choice else ""


def key_of(choice: SourceChoice) -> str:
    """Return the key of a choice; "" for none, or for one that can no longer be unsealed."""
    return (unseal(choice.sealed_key) or "") if choice.sealed_key else ""


def ending_of(key: str) -> str:
    """Return what is shown of a key: too little to use, enough to tell it from another; nothing of a short one."""
    return key[-ENDING:] if len(key) >= 3 * ENDING else ""
