"""What the palette finds of forms."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from prm.organisations.models import Organisation
from prm.organisations.rights import Right
from prm.web.finding import Named
from touchpoints.lead_forms.queries import find_named

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from touchpoints.lead_forms.models import LeadForm


def find_forms(organisation: Organisation, words: str) -> "QuerySet[LeadForm, tuple[int, str]]":
    """Return (id, name) of forms in use by a part of their name, accents and case ignored."""
    found = find_named(organisation, words).filter(archived_at=None)
    return found.order_by("name", "pk").values_list("pk", "name")


FORMS = Named(Right.FORMS_VIEW, "lead_forms:form_detail", _("Form"), "form", find_forms)
