"""The simulation of the draft: started, watched, read."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from contacts.models import Tier
from prm.organisations.access import OrgRequest, requires
from prm.organisations.links import org_reverse
from prm.organisations.rights import Right
from prm.web.pagination import paginate_request
from prm.work.errors import Invalid
from scoring.models import ModelVersion
from scoring.simulation.models import SimulatedMove, Simulation
from scoring.simulation.reports import report_of
from scoring.simulation.services import find_job, find_newest, is_done, start_simulation
from scoring.versions import fingerprint_of, get_draft

TEMPLATE = "scoring/simulation/simulation.html"


@requires(Right.SCORING_VIEW)
def simulation(request: OrgRequest) -> HttpResponse:
    """Show what the draft would change: figures, who would move, weeks behind us, what converted."""
    draft = get_draft()
    newest = find_newest(draft)
    context: dict[str, Any] = {
        "version": draft,
        "simulation": newest,
        "job": find_job(newest) if newest else None,
        "is_done": bool(newest and is_done(newest)),
        "is_stale": bool(newest and newest.fingerprint != fingerprint_of(draft)),
        "report": None,
    }
    if newest:
        against = ModelVersion.objects.filter(number=newest.against).first() if newest.against else None
        context["report"] = report_of(newest, draft, against)
        context["against"] = against
    return render(request, TEMPLATE, context)


@require_POST
@requires(Right.SCORING_EDIT)
def simulation_start(request: OrgRequest) -> HttpResponseBase:
    """Let a worker try the draft."""
    try:
        start_simulation(request.organisation, by=request.user)
    except Invalid as problem:
        told = [str(problem), *(f"{name}{_(':')} {text}" for name, text in problem.fields.items())]
        messages.error(request, " ".join(told))
    return redirect(org_reverse(request.organisation, "simulation:simulation"))


@requires(Right.SCORING_VIEW)
def simulation_people(request: OrgRequest) -> HttpResponse:
    """List who would go from one tier to another."""
    draft = get_draft()
    newest = find_newest(draft)
    was, tier = _tier(request, "was"), _tier(request, "to")
    moves = SimulatedMove.objects.filter(simulation=newest or Simulation(pk=0)).select_related(
        "contact", "contact__company"
    )
    if was is not None:
        moves = moves.filter(was_tier=was)
    if tier is not None:
        moves = moves.filter(tier=tier)
    context = {
        "version": draft,
        "was": was,
        "tier": tier,
        "page": paginate_request(moves, request, ("-intent", "pk")),
    }
    template = "scoring/simulation/simulation_people.html"
    return render(request, f"{template}#rows" if request.htmx else template, context)


def _tier(request: HttpRequest, name: str) -> Tier | None:
    codes = {tier.code: tier for tier in Tier}
    return codes.get(request.GET.get(name, ""))
