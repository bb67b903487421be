"""What pages and programs read of consent."""

from dataclasses import dataclass

from django.utils.translation import get_language

from contacts.consent.models import Act, ConsentEntry, ConsentState, Purpose, PurposeText
from contacts.models import Contact
from prm.organisations.models import Organisation


@dataclass(frozen=True)
class Standing:
    """Where a contact stands with a purpose; without a state nothing was said."""

    purpose: Purpose
    version: int | None
    label: str
    text: str
    state: ConsentState | None

    @property
    def is_allowed(self) -> bool:
        """Tell whether the purpose may be followed: consent needs a yes, an interest ends with a no."""
        if self.state is None:
            return self.purpose.basis != "consent"
        return self.state.state == Act.GIVEN


def list_standings(
    organisation: Organisation, contact: Contact | None, language: str = "", *, with_archived: bool = False
) -> list[Standing]:
    """Return the purposes in use with their current texts, and a contact's state. Three queries."""
    ending = "fr" if (language or get_language() or "en").startswith("fr") else "en"
    texts = {text.purpose_id: text for text in PurposeText.objects.order_by("version")}
    states = {one.purpose_id: one for one in ConsentState.objects.filter(contact=contact)} if contact else {}
    purposes = Purpose.objects.order_by("position", "pk")
    return [
        Standing(
            purpose,
            texts[purpose.pk].version if purpose.pk in texts else None,
            getattr(texts.get(purpose.pk), f"label_{ending}", purpose.code),
            getattr(texts.get(purpose.pk), f"text_{ending}", ""),
            states.get(purpose.pk),
        )
        for purpose in (purposes if with_archived else purposes.filter(archived_at__isnull=True))
    ]


def list_entries(organisation: Organisation, contact: Contact, most: int = 50) -> list[ConsentEntry]:
    """Return the ledger of a contact, latest first."""
    return list(
        ConsentEntry.objects.filter(contact=contact).select_related("purpose", "by").order_by("-at", "-pk")[:most]
    )
