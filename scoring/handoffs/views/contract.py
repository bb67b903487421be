"""The contract of handoffs: what counts, what is proposed, and the two signatures."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from prm.organisations.access import OrgRequest, requires
from prm.organisations.links import org_reverse
from prm.organisations.models import Membership, User
from prm.organisations.rights import Right
from prm.work.errors import Conflict, Invalid
from scoring.handoffs import contracts
from scoring.handoffs.contract_forms import REGIONS, ContractForm
from scoring.handoffs.models import Contract
from scoring.handoffs.terms import stored_week, week_of


@dataclass(frozen=True)
class Side:
    """A side with its signature, and whether the member may give it."""

    code: str
    label: str
    by: str
    at: datetime | None
    may_sign: bool


@requires(Right.HANDOFFS_VIEW)
def contract(request: OrgRequest) -> HttpResponse:
    """Show the version in force, the one that waits for signatures, and those before."""
    versions = contracts.list_contracts()
    in_force = next((one for one in versions if one.is_signed), None)
    proposal = versions[0] if versions and not versions[0].is_signed else None
    shown = proposal or in_force
    context = {
        "in_force": in_force,
        "proposal": proposal,
        "shown": shown,
        "before": [one for one in versions if one.is_signed and one is not in_force],
        "may_edit": _may_edit(request),
        **(_told(request, shown) if shown else {}),
    }
    return render(request, "scoring/handoffs/contract.html", context)


@requires(Right.HANDOFFS_VIEW)
def contract_edit(request: OrgRequest) -> HttpResponseBase:
    """Propose the next version."""
    if not _may_edit(request):
        messages.error(request, _("Marketing and sales write the contract."))
        return redirect(org_reverse(request.organisation, "handoffs:contract"))
    versions = contracts.list_contracts()
    newest = versions[0] if versions else None
    values = contracts.values_of(newest) if newest else contracts.usual_values()
    form = ContractForm(request.POST or None, values=values, people=_people())
    if request.method == "POST" and form.is_valid():
        try:
            contracts.propose_contract(request.organisation, values=form.values, by=request.user)
        except (Invalid, Conflict) as problem:
            for name, text in getattr(problem, "fields", {}).items():
                form.add_error(name if name in form.fields else None, str(text))
            if isinstance(problem, Conflict):
                form.add_error(None, str(problem.message))
        else:
            messages.success(request, _("The version is proposed: both sides sign it now."))
            return redirect(org_reverse(request.organisation, "handoffs:contract"))
    context = {"form": form, "newest": newest, "back": org_reverse(request.organisation, "handoffs:contract")}
    return render(request, "scoring/handoffs/contract_edit.html", context, status=422 if form.errors else 200)


@require_POST
@requires(Right.HANDOFFS_VIEW)
def contract_sign(request: OrgRequest) -> HttpResponseBase:
    """Sign the proposal for one side."""
    number, side = request.POST.get("number", ""), request.POST.get("side", "")
    try:
        signed = contracts.sign_contract(
            request.organisation, number=int(number) if number.isdecimal() else 0, side=side, by=request.user
        )
    except (Conflict, Invalid) as problem:
        messages.error(request, str(problem.message))
    else:
        done = (
            _("Both sides signed: it counts from now on.") if signed.is_signed else _("Signed. The other side is next.")
        )
        messages.success(request, done)
    return redirect(org_reverse(request.organisation, "handoffs:contract"))


def _people() -> list[User]:
    return [one.user for one in Membership.objects.select_related("user").order_by("user__full_name", "user__email")]


def _may_edit(request: OrgRequest) -> bool:
    return any(contracts.may_sign(request.membership.role, side) for side in contracts.SIDES)


def _told(request: OrgRequest, shown: Contract) -> dict[str, Any]:
    labels = {contracts.MARKETING: _("Marketing"), contracts.SALES: _("Sales")}
    week = stored_week(dict(enumerate(week_of(shown.week))))
    return {
        "sides": [
            Side(
                side,
                label,
                getattr(shown, f"{side}_signed_label"),
                getattr(shown, f"{side}_signed_at"),
                contracts.may_sign(request.membership.role, side),
            )
            for side, label in labels.items()
        ],
        "days": [(str(WEEKDAYS[day]), hours) for day, hours in enumerate(week)],
        "holidays": dict(REGIONS).get(shown.holidays, shown.holidays),
        "closed": [date.fromisoformat(one) for one in shown.closed_days],
    }
