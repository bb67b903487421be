"""Whose browser it is, where that is known for certain: other rooms say how they know.

Knowing somebody only leaves questions out. What is known of them is never shown: a link can be passed on.
"""

from collections.abc import Callable

from django.http import HttpRequest

from contacts.consent.preferences import find_person
from contacts.models import Contact
from prm.organisations.models import Organisation
from touchpoints.lead_forms.tokens import read_person_token

# The parameter of a person's own link.
PERSON = "prm_person"

# The contact a browser belongs to, None where nobody can tell. At most one query.
ContactFinder = Callable[[HttpRequest, Organisation], int | None]
_contact_finders: list[ContactFinder] = []


def register_contact_finder(finder: ContactFinder) -> None:
    """Say how a browser is known as somebody's; called from AppConfig.ready. The first that knows decides."""
    _contact_finders.append(finder)


def find_contact(request: HttpRequest, organisation: Organisation, person: str) -> Contact | None:
    """Return who is filling in the form: by the token of their own link, else as other rooms know."""
    if person:
        # Whoever says who they are, or that they are nobody we know, is that, whatever is known of their browser.
        read = read_person_token(person)
        if read is None or read[0] != organisation.pk:
            return None
        return _with_company(find_person(organisation, read[1]))
    for finder in _contact_finders:
        found = finder(request, organisation)
        if found is not None:
            return _with_company(find_person(organisation, found))
    return None


def _with_company(contact: Contact | None) -> Contact | None:
    return Contact.objects.select_related("company").filter(pk=contact.pk).first() if contact else None
