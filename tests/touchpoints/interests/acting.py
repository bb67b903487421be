"""People who look at pages, and consumers that read what they did."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from contacts.models import Contact
from contacts.services import create_contact
from prm.organisations.models import Organisation
from prm.organisations.scope import organisation_scope
from prm.reactions import CONSUMERS
from touchpoints.consuming import consume
from touchpoints.interests.keeping import reconsider_due
from touchpoints.interests.models import Theme
from touchpoints.interests.queries import weights_of_contact
from touchpoints.interests.services import RuleInput, add_rule, create_theme
from touchpoints.recognition.facts import read_address
from touchpoints.recording import NewInteraction, record


def person(organisation: Organisation, email: str = "ada@acme.example", **values: Any) -> Contact:
    return create_contact(organisation, values={"email": email, **values}, by=None)


def theme(organisation: Organisation, name: str, *addresses: str) -> Theme:
    made = create_theme(organisation, name=name, by=None)
    for address in addresses:
        add_rule(organisation, theme_id=made.pk, values=RuleInput(read_address(address)), by=None)
    return made


def looked(contact: Contact | None, path: str = "/pompes/a", *, days: float = 0, seconds: int | None = None,
           **more: Any) -> NewInteraction:  # fmt: skip
    properties = {"url": f"https://www.acme.fr{path}", **({"seconds": seconds} if seconds is not None else {})}
    kind = more.pop("kind", "page_view")
    return NewInteraction(
        kind,
        contact_id=contact.pk if contact else None,
        occurred_at=timezone.now() - timedelta(days=days),
        properties={**properties, **more.pop("properties", {})},
        **more,
    )


def happens(organisation: Organisation, *acts: NewInteraction) -> None:
    """Record what happened and let the consumers read it."""
    with organisation_scope(organisation.pk):
        record(organisation, acts)
    follow(organisation)


def follow(organisation: Organisation) -> None:
    """Let consumers and workers do what is due."""
    consume(organisation, CONSUMERS)
    with organisation_scope(organisation.pk):
        reconsider_due(organisation)


def interests(organisation: Organisation, contact: Contact) -> dict[str, float]:
    """Return {name of the theme: weight}, to a tenth."""
    with organisation_scope(organisation.pk):
        names = dict(Theme.objects.values_list("pk", "name"))
        return {names[pk]: round(weight, 1) for pk, weight in weights_of_contact(organisation, contact.pk).items()}
