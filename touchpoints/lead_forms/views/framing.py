"""What the pages of one form have in common: their tabs, and what it is about."""

from typing import Any

from django.utils.translation import gettext as _

from prm.organisations.access import OrgRequest
from prm.organisations.links import org_reverse
from prm.organisations.rights import Right, may
from prm.web.tabs import Tab
from touchpoints.lead_forms.models import LeadForm
from touchpoints.lead_forms.queries import is_changed
from touchpoints.lead_forms.tokens import public_url


def frame_of(request: OrgRequest, form: LeadForm, current: str) -> dict[str, Any]:
    """Return what the head of a form's pages shows. One query."""
    tabs = [
        ("form_detail", _("Questions")),
        ("form_after", _("After sending")),
        ("form_share", _("Show it")),
        ("submission_list", _("What was sent")),
    ]
    may_edit = may(request.membership.role, Right.FORMS_EDIT)
    shown = [(name, label) for name, label in tabs if may_edit or name in {"form_detail", "submission_list"}]
    return {
        "form_of": form,
        "is_changed": is_changed(form),
        "public_url": public_url(form),
        "may_edit": may_edit and form.archived_at is None,
        "tabs": [
            Tab(label, org_reverse(request.organisation, f"lead_forms:{name}", form.pk), name == current)
            for name, label in shown
        ],
    }
