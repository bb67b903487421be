"""The names merged people still answer to: an old id, external id or address leads to whoever they are now."""

from collections.abc import Iterable

from contacts.doubles.models import Alias, AliasKind
from contacts.models import Contact
from prm.organisations.models import Organisation


def find_survivor(organisation: Organisation, contact_id: int) -> int | None:
    """Return who a merged contact is now; None where this id was never merged. One query."""
    return find_survivors(organisation, AliasKind.ID, [str(contact_id)]).get(str(contact_id))


def find_survivors(organisation: Organisation, kind: str, values: Iterable[str]) -> dict[str, int]:
    """Return {name: contact id} of those of these names that merged people had. One query."""
    found = Alias.objects.filter(organisation=organisation, kind=kind, value__in=[one[:254] for one in values])
    return dict(found.values_list("value", "contact_id"))


def current_id(organisation: Organisation, contact_id: int) -> int:
    """Return the id of the person a number of an old link means. One query, two for a merged one."""
    if Contact.objects.filter(pk=contact_id).exists():
        return contact_id
    return find_survivor(organisation, contact_id) or contact_id
