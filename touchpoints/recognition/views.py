"""Pages of recognition: rules and what has no touchpoint, trying one, a rule's form; and the panel of a touchpoint."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from prm.organisations.access import OrgRequest, requires
from prm.organisations.links import org_reverse
from prm.organisations.rights import Right
from prm.web.refusals import save
from touchpoints.models import InteractionKind, Touchpoint
from touchpoints.queries import list_kinds, list_touchpoints
from touchpoints.recognition import queries, services
from touchpoints.recognition.forms import RuleForm, TrialForm, initial_of
from touchpoints.recognition.models import RecognitionRule
from touchpoints.views.inventory import tabs_of


@requires(Right.TOUCHPOINTS_VIEW)
def overview(request: OrgRequest) -> HttpResponse:
    """Show the rules in the order they are tried, what lately had no touchpoint, and a form to try one."""
    kinds = list_kinds(request.organisation)
    known = {kind.code: kind for kind in kinds}
    context = {
        "rules": [_told(rule, known) for rule in queries.list_rules(request.organisation)],
        "homeless": queries.list_homeless(request.organisation, known),
        "latest": queries.LATEST,
        "run": services.find_open_run(),
        "form": TrialForm(kinds=kinds, initial={"kind": "page_view"}),
        "tabs": tabs_of(request, "recognition"),
    }
    return render(request, "touchpoints/recognition/overview.html", context)


@requires(Right.TOUCHPOINTS_VIEW)
def trial(request: OrgRequest) -> HttpResponse:
    """Say which touchpoint an interaction would get, and by which rule."""
    kinds = list_kinds(request.organisation)
    form = TrialForm(request.GET or None, kinds=kinds, initial={"kind": "page_view"})
    tried = None
    if form.is_valid():
        tried = queries.try_rules(request.organisation, kind=form.cleaned_data["kind"], properties=form.properties)
    known = {kind.code: kind for kind in kinds}
    context = {
        "form": form,
        "tried": tried,
        "rule": _told(tried.rule, known) if tried and tried.rule else None,
        "read": queries.describe((), tried.facts, known) if tried else "",
    }
    template = "touchpoints/recognition/trial.html"
    return render(request, f"{template}#trial" if request.htmx else template, context)


@requires(Right.TOUCHPOINTS_EDIT)
def rule_add(request: OrgRequest) -> HttpResponseBase:
    """Add a rule; what is known already is filled in: the touchpoint one comes from, or what has no touchpoint."""
    return _rule_form(request, None)


@requires(Right.TOUCHPOINTS_EDIT)
def rule_edit(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Change a rule."""
    return _rule_form(request, queries.get_rule(request.organisation, pk))


@requires(Right.TOUCHPOINTS_EDIT)
def fitting(request: OrgRequest) -> HttpResponse:
    """Say how many of the latest interactions the rule being written would fit."""
    form = _form(request, None, request.GET)
    form.is_valid()
    asks = not form.errors.keys() - {"touchpoint"} and (form.patterns or form.cleaned_data.get("kinds"))
    found = (
        queries.count_fitting(request.organisation, form.cleaned_data.get("kinds", ()), form.patterns) if asks else None
    )
    return render(request, "touchpoints/recognition/_fitting.html", {"fitting": found, "latest": queries.LATEST})


@require_POST
@requires(Right.TOUCHPOINTS_EDIT)
def rule_move(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Let a rule be tried earlier or later."""
    earlier = request.POST.get("to") != "later"
    services.move_rule(request.organisation, rule_id=pk, earlier=earlier, by=request.user)
    return redirect(_overview(request) + f"#rule-{pk}")


@require_POST
@requires(Right.TOUCHPOINTS_EDIT)
def rule_delete(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Remove a rule; what it recognised keeps its touchpoint."""
    rule = services.delete_rule(request.organisation, rule_id=pk, by=request.user)
    messages.success(
        request,
        _("The rule is removed. What it recognised stays with “%(name)s”.") % {"name": rule.touchpoint.name},
    )
    return redirect(_overview(request))


@require_POST
@requires(Right.TOUCHPOINTS_EDIT)
def homes_start(request: OrgRequest) -> HttpResponseBase:
    """Hold what has no touchpoint against the rules, in the worker."""
    services.give_homes(request.organisation, by=request.user)
    return redirect(_overview(request))


def touchpoint_panel(request: OrgRequest, touchpoint: Touchpoint) -> dict[str, Any]:
    """Return how a touchpoint's interactions are recognised. Two queries."""
    rules = queries.list_rules(request.organisation, touchpoint_id=touchpoint.pk)
    known = {kind.code: kind for kind in list_kinds(request.organisation)} if rules else {}
    return {"touchpoint": touchpoint, "rules": [_told(rule, known) for rule in rules]}


def _rule_form(request: OrgRequest, rule: RecognitionRule | None) -> HttpResponseBase:
    form = _form(request, rule, request.POST or None)
    if request.method == "POST":
        kept = save(form, lambda: _keep(request, form, rule))
        if kept:
            return redirect(_overview(request) + f"#rule-{kept.pk}")
    context = {"form": form, "rule": rule, "back": _overview(request), "latest": queries.LATEST}
    return render(request, "touchpoints/recognition/rule_form.html", context, status=422 if form.errors else 200)


def _keep(request: OrgRequest, form: RuleForm, rule: RecognitionRule | None) -> RecognitionRule:
    if rule is None:
        kept = services.create_rule(request.organisation, values=form.values, by=request.user)
    else:
        kept = services.update_rule(request.organisation, rule_id=rule.pk, values=form.values, by=request.user)
    words = {"name": kept.touchpoint.name}
    is_running = services.find_open_run() is not None
    if request.POST.get("backwards") and not is_running:
        services.give_homes(request.organisation, by=request.user)
        messages.success(
            request, _("The rule holds from now on; past interactions find their way to “%(name)s” meanwhile.") % words
        )
    else:
        messages.success(request, _("From now on, what fits belongs to “%(name)s”.") % words)
    if request.POST.get("backwards") and is_running:
        messages.warning(
            request, _("Rules are being applied to the past already: do it again for this one when that is done.")
        )
    return kept


def _form(request: OrgRequest, rule: RecognitionRule | None, data: Any) -> RuleForm:
    asked = request.GET
    patterns = {name: asked[name] for name in ("host", "path", "utm_campaign", "form", "scenario") if asked.get(name)}
    kinds = [asked["kind"]] if asked.get("kind") else []
    return RuleForm(
        data,
        kinds=list_kinds(request.organisation),
        touchpoints=list_touchpoints(request.organisation),
        rule=rule,
        initial={**initial_of(kinds, patterns), "touchpoint": asked.get("touchpoint")},
    )


def _told(rule: RecognitionRule, known: Mapping[str, InteractionKind]) -> dict[str, Any]:
    return {"rule": rule, "words": queries.describe(rule.kinds, rule.patterns, known)}


def _overview(request: OrgRequest) -> str:
    return org_reverse(request.organisation, "recognition:overview")
