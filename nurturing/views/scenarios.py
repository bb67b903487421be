"""Scenarios: the list, the page of one, and what starts, pauses and ends it."""

from typing import Any

from django.contrib import messages
from django.db.models import prefetch_related_objects
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST

from nurturing import queries, scenarios
from nurturing.forms import ScenarioForm
from nurturing.models import Scenario, ScenarioStatus
from nurturing.outages import last_outage
from nurturing.own_fields import OwnFields
from nurturing.wording import trigger_words
from prm.organisations.access import OrgRequest, requires
from prm.organisations.links import org_reverse
from prm.organisations.rights import Right, may
from prm.web.refusals import save
from prm.web.tabs import Tab
from prm.work.errors import Invalid

_BUILDING = {ScenarioStatus.DRAFT, ScenarioStatus.PAUSED}


@requires(Right.NURTURING_VIEW)
def scenario_list(request: OrgRequest) -> HttpResponse:
    """List the scenarios with their figures."""
    is_archived = request.GET.get("archived") == "1"
    rows = queries.list_scenarios(request.organisation, is_archived=is_archived)
    archived = len(rows) if is_archived else queries.count_archived(request.organisation)
    context = {
        "rows": [(row, trigger_words(row.scenario)) for row in rows],
        "active": sum(row.scenario.status == ScenarioStatus.ACTIVE for row in rows),
        "people": sum(row.tally.active for row in rows if row.scenario.status == ScenarioStatus.ACTIVE),
        "is_archived": is_archived,
        "tabs": list_tabs(request, "archived" if is_archived else "scenarios", archived),
        "outage": last_outage(),
    }
    return render(request, "nurturing/scenario_list.html", context)


@requires(Right.NURTURING_VIEW)
def scenario_detail(request: OrgRequest, pk: int) -> HttpResponse:
    """Show one scenario as a flow, with figures on every step and why messages did not go."""
    scenario = queries.get_scenario(request.organisation, pk)
    template = "nurturing/scenario_detail.html"
    return render(request, f"{template}#board" if request.htmx else template, page_of(request, scenario))


@requires(Right.NURTURING_EDIT)
def scenario_create(request: OrgRequest) -> HttpResponseBase:
    """Create a draft; its steps are built on its page."""
    form = ScenarioForm(
        request.POST or None,
        touchpoints=queries.list_touchpoints(request.organisation),
        lead_forms=queries.list_forms(request.organisation),
        lead_form_id=request.GET.get("form", ""),
    )
    if request.method == "POST":
        created = save(
            form, lambda: scenarios.create_scenario(request.organisation, values=form.values, by=request.user)
        )
        if created:
            messages.success(request, _("“%(name)s” is a draft: now build its steps.") % {"name": created.name})
            return redirect(_url(request, created.pk))
    return _form_page(request, form, None)


@requires(Right.NURTURING_EDIT)
def scenario_edit(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Rename a scenario or change what starts it."""
    scenario = queries.get_scenario(request.organisation, pk)
    form = ScenarioForm(
        request.POST or None,
        touchpoints=queries.list_touchpoints(request.organisation),
        lead_forms=queries.list_forms(request.organisation, scenario.trigger_lead_form_id),
        scenario=scenario,
    )
    if request.method == "POST":
        changed = save(
            form,
            lambda: scenarios.update_scenario(
                request.organisation, scenario_id=pk, values=form.values, by=request.user
            ),
        )
        if changed:
            messages.success(request, _("The changes are kept."))
            return redirect(_url(request, pk))
    return _form_page(request, form, scenario)


@require_POST
@requires(Right.NURTURING_EDIT)
def scenario_activate(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Let a scenario start, or go on."""
    try:
        scenario = scenarios.activate_scenario(request.organisation, scenario_id=pk, by=request.user)
    except Invalid as refusal:
        problems = " ".join(str(text) for text in refusal.fields.values())
        messages.error(request, f"{refusal.message} {problems}")
    else:
        messages.success(request, _("“%(name)s” is active.") % {"name": scenario.name})
    return redirect(_url(request, pk))


@require_POST
@requires(Right.NURTURING_EDIT)
def scenario_pause(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Keep everybody where they are."""
    scenario = scenarios.pause_scenario(request.organisation, scenario_id=pk, by=request.user)
    messages.success(request, _("“%(name)s” is paused: people wait, nothing leaves.") % {"name": scenario.name})
    return redirect(_url(request, pk))


@require_POST
@requires(Right.NURTURING_EDIT)
def scenario_archive(request: OrgRequest, pk: int) -> HttpResponseBase:
    """End a scenario for good."""
    scenario = scenarios.archive_scenario(request.organisation, scenario_id=pk, by=request.user)
    messages.success(request, _("“%(name)s” is archived; its figures stay.") % {"name": scenario.name})
    return redirect(org_reverse(request.organisation, "nurturing:scenario_list"))


def page_of(request: OrgRequest, scenario: Scenario) -> dict[str, Any]:
    """Return what the page of a scenario shows."""
    prefetch_related_objects([scenario], "steps")
    is_built = scenario.status in _BUILDING
    may_build = may(request.membership.role, Right.NURTURING_EDIT) and is_built
    own = OwnFields(request.organisation)
    return {
        "scenario": scenario,
        "flow": queries.get_flow(request.organisation, scenario),
        "trigger": trigger_words(scenario),
        "may_build": may_build,
        "problems": scenarios.find_problems(request.organisation, scenario, own) if is_built else [],
        "gone": scenarios.find_gone_fields(scenario, own) if scenario.status == ScenarioStatus.ACTIVE else [],
        "own_names": own.labels_for(*(text for step in scenario.steps.all() for text in (step.subject, step.body))),
        "outage": last_outage(),
    }


def list_tabs(request: OrgRequest, current: str, archived: int | None = None) -> list[Tab]:
    """Return the tabs of nurturing's lists."""
    organisation = request.organisation
    address = org_reverse(organisation, "nurturing:scenario_list")
    undecided = queries.count_undecided(organisation)
    tabs = [
        Tab(_("Scenarios"), address, current == "scenarios"),
        Tab(
            _("Messages"),
            org_reverse(organisation, "nurturing:delivery_list"),
            current == "messages",
            undecided or None,
        ),
    ]
    if archived:
        tabs.append(Tab(pgettext("scenarios", "Archived"), f"{address}?archived=1", current == "archived", archived))
    return tabs


def _form_page(request: OrgRequest, form: ScenarioForm, scenario: Scenario | None) -> HttpResponse:
    back = _url(request, scenario.pk) if scenario else org_reverse(request.organisation, "nurturing:scenario_list")
    context = {"form": form, "scenario": scenario, "back": back}
    return render(request, "nurturing/scenario_form.html", context, status=422 if form.errors else 200)


def _url(request: OrgRequest, pk: int) -> str:
    return org_reverse(request.organisation, "nurturing:scenario_detail", pk)
