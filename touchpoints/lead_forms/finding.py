"""What the palette finds of forms."""

from django.utils.translation import gettext

from prm.organisations.links import org_reverse
from prm.organisations.models import Organisation
from prm.web.finding import MOST_FOUND, Found
from touchpoints.lead_forms.queries import find_named


def find_forms(organisation: Organisation, words: str) -> list[Found]:
    """Find forms by a part of their name, accents and case ignored. One query."""
    found = find_named(organisation, words).filter(archived_at=None).order_by("name")[:MOST_FOUND]
    return [
        Found(one.name, org_reverse(organisation, "lead_forms:form_detail", one.pk), "form", gettext("Form"))
        for one in found
    ]
