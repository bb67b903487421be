"""Parts of a company's page: its establishments and its group; and the page where its parent is said."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contacts.company_queries import get_company
from contacts.models import Company
from contacts.structure.establishments import list_establishments
from contacts.structure.groups import find_group, find_parent, set_parent
from prm.organisations.access import OrgRequest, requires
from prm.organisations.links import org_reverse
from prm.organisations.rights import Right
from prm.work.errors import Invalid

# Closed ones beyond the open ones are folded away by the page; of many, so many are shown.
MOST_SHOWN = 50


class ParentForm(forms.Form):
    """To which company one belongs; empty for one that stands alone."""

    parent = forms.CharField(
        label=gettext_lazy("Parent company"),
        max_length=250,
        required=False,
        help_text=gettext_lazy("Its whole name or its SIREN, as it stands in the base. Empty: it stands alone."),
    )


@requires(Right.CONTACTS_EDIT)
def group_edit(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Say to which company one belongs."""
    organisation = request.organisation
    company = get_company(organisation, pk)
    group = find_group(organisation, company)
    above = next((one.parent_id for one in group.members if one.company_id == pk), None) if group else None
    known = next((one.name for one in group.members if one.company_id == above), "") if group else ""
    form = ParentForm(request.POST or None, initial={"parent": known})
    back = org_reverse(organisation, "contacts:company_detail", pk)
    if request.method == "POST" and form.is_valid():
        text = form.cleaned_data["parent"].strip()
        try:
            parent_id = above if text and text == known else find_parent(organisation, text).pk if text else None
            set_parent(organisation, company_id=pk, parent_id=parent_id, by=request.user)
        except Invalid as refusal:
            for name, words in refusal.fields.items():
                form.add_error(name, str(words))
        else:
            messages.success(request, _("The changes are kept."))
            return redirect(back)
    context = {"form": form, "company": company, "back": back}
    return render(request, "contacts/structure/group_form.html", context, status=422 if form.errors else 200)


def establishments_panel(_request: OrgRequest, company: Company) -> dict[str, Any] | None:
    """Load the places of a company; nothing where none is known."""
    found = list_establishments(company)
    if not found:
        return None
    return {
        "establishments": found[:MOST_SHOWN],
        "number": len(found),
        "open": sum(not one.is_closed for one in found),
        "hidden": max(len(found) - MOST_SHOWN, 0),
    }


def group_panel(request: OrgRequest, company: Company) -> dict[str, Any]:
    """Load the group of a company, or the way to say it belongs to one."""
    return {"company": company, "group": find_group(request.organisation, company)}
