"""The scoring model: its rules and thresholds, the draft being edited, its versions."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.db.models import prefetch_related_objects
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from prm.organisations.access import OrgRequest, requires
from prm.organisations.links import org_reverse
from prm.organisations.rights import Right, may
from prm.web.numbers import read_id
from prm.web.refusals import add_refusal
from prm.work.errors import Invalid, NotFound
from scoring import model_pages, versions
from scoring.distribution import get_distribution
from scoring.model_forms import RULE_FORMS, PublishForm, ThresholdsForm
from scoring.models import ModelVersion, Rule, VersionStatus

TEMPLATE = "scoring/model.html"


@requires(Right.SCORING_VIEW)
def model(request: OrgRequest) -> HttpResponse:
    """Show the draft where there is one, else the published version; `?version=` shows any."""
    every = model_pages.list_versions()
    number = request.GET.get("version", "")
    version = next((one for one in every if str(one.number) == number), None)
    if number and version is None:
        raise NotFound
    return _page(request, version or model_pages.version_shown(every), TEMPLATE, every=every)


@require_POST
@requires(Right.SCORING_EDIT)
def draft_create(request: OrgRequest) -> HttpResponseBase:
    """Start a draft from the published version, or from the one given."""
    draft = versions.create_draft(
        request.organisation, by=request.user, from_number=read_id(request.POST.get("version", ""))
    )
    messages.success(
        request, _("Draft %(version)s is yours to change; nothing moves until it is published.") % {"version": draft}
    )
    return _to_model(request)


@requires(Right.SCORING_EDIT)
def draft_discard(request: OrgRequest) -> HttpResponseBase:
    """Ask, then throw the draft away."""
    if request.method == "POST":
        versions.discard_draft(request.organisation, by=request.user)
        messages.success(request, _("The draft is gone; the published model is unchanged."))
        return _to_model(request)
    draft = versions.get_draft()
    context = {"version": draft, "changes": _changes(draft)}
    return render(request, "scoring/draft_discard.html", context)


@require_POST
@requires(Right.SCORING_EDIT)
def draft_thresholds(request: OrgRequest) -> HttpResponseBase:
    """Keep the draft's thresholds."""
    form = ThresholdsForm(request.POST)
    if form.is_valid():
        try:
            draft = versions.set_thresholds(request.organisation, **form.cleaned_data, by=request.user)
        except Invalid as problem:
            add_refusal(form, problem)
        else:
            return _page(request, draft, f"{TEMPLATE}#thresholds") if request.htmx else _to_model(request)
    template = f"{TEMPLATE}#thresholds" if request.htmx else TEMPLATE
    return _page(request, versions.get_draft(), template, form=form, status=422)


@requires(Right.SCORING_PUBLISH)
def draft_publish(request: OrgRequest) -> HttpResponseBase:
    """Show what would change, then publish and rescore everybody."""
    draft = versions.get_draft()
    form = PublishForm(request.POST or None, initial={"note": draft.note})
    problems = versions.find_problems(draft)
    if request.method == "POST" and form.is_valid() and not problems:
        versions.publish_draft(
            request.organisation,
            by=request.user,
            note=form.cleaned_data["note"],
            shown=request.POST.get("shown", ""),
        )
        messages.success(request, _("%(version)s is published; everybody is being rescored.") % {"version": draft})
        return _to_model(request)
    context = {
        "version": draft,
        "form": form,
        "problems": problems,
        "shown": versions.fingerprint_of(draft),
        "counts_opens": draft.rules.filter(kind="email_opened", is_enabled=True).exists(),
        "changes": _changes(draft),
    }
    return render(request, "scoring/draft_publish.html", context, status=422 if request.method == "POST" else 200)


@requires(Right.SCORING_EDIT)
def rule_create(request: OrgRequest, axis: str) -> HttpResponseBase:
    """Add a rule to the draft."""
    if axis not in RULE_FORMS:
        raise NotFound
    versions.get_draft()
    return _edit(request, axis, None)


@requires(Right.SCORING_EDIT)
def rule_edit(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Change a rule of the draft."""
    rule = Rule.objects.filter(pk=pk, version__status=VersionStatus.DRAFT).first()
    if rule is None:
        raise NotFound(_("This rule is not in the draft."))
    return _edit(request, rule.axis, rule)


@require_POST
@requires(Right.SCORING_EDIT)
def rule_switch(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Put a rule of the draft in use, or out of it."""
    rule = versions.switch_rule(request.organisation, rule_id=pk, by=request.user)
    if request.htmx:
        return _page(request, rule.version, f"{TEMPLATE}#rules")
    return _to_model(request)


@require_POST
@requires(Right.SCORING_EDIT)
def rule_delete(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Remove a rule from the draft."""
    rule = versions.delete_rule(request.organisation, rule_id=pk, by=request.user)
    messages.success(request, _("The rule “%(name)s” is no longer in the draft.") % {"name": rule.name})
    return _to_model(request)


def _edit(request: OrgRequest, axis: str, rule: Rule | None) -> HttpResponseBase:
    form = RULE_FORMS[axis](request.POST if request.method == "POST" else None, rule=rule)
    status = 200
    if request.method == "POST" and not form.editor.is_step:
        status = 422
        if form.is_valid():
            try:
                saved = versions.save_rule(
                    request.organisation,
                    axis=axis,
                    values=form.values,
                    by=request.user,
                    rule_id=rule.pk if rule else None,
                )
            except Invalid as problem:
                add_refusal(form, problem)
            else:
                messages.success(request, _("The rule “%(name)s” is in the draft.") % {"name": saved.name})
                return _to_model(request)
    context = {"form": form, "axis": axis, "rule": rule, "action": request.path}
    return render(request, "scoring/rule_form.html", context, status=status)


def _page(
    request: OrgRequest,
    version: ModelVersion | None,
    template: str,
    *,
    form: ThresholdsForm | None = None,
    status: int = 200,
    every: Sequence[ModelVersion] = (),
) -> HttpResponse:
    if version is None:
        return render(request, TEMPLATE, {"version": None})
    organisation = request.organisation
    is_draft = version.status == VersionStatus.DRAFT
    can_edit = is_draft and may(request.membership.role, Right.SCORING_EDIT)
    every = every or model_pages.list_versions()
    before = model_pages.version_before(version, every)
    prefetch_related_objects([one for one in (version, before) if one], "rules")
    differences = model_pages.differences_since(before, version)
    distribution = get_distribution(organisation, version, movable=can_edit)
    context: dict[str, Any] = {
        "version": version,
        "is_draft": is_draft,
        "can_edit": can_edit,
        "before": before,
        "rules": model_pages.rule_rows(version, differences),
        "distribution": distribution,
        "tiers": model_pages.tier_rows(distribution.tiers, version),
        "form": form or ThresholdsForm.of(version),
        "versions": every,
        "draft": next((one for one in every if one.status == VersionStatus.DRAFT), None),
        "changes": model_pages.in_words(differences),
        "job": model_pages.find_rescore(organisation),
    }
    return render(request, template, context, status=status)


def _changes(draft: ModelVersion) -> list[model_pages.Change]:
    before = model_pages.version_before(draft, model_pages.list_versions())
    return model_pages.in_words(model_pages.differences_since(before, draft))


def _to_model(request: OrgRequest) -> HttpResponseBase:
    return redirect(org_reverse(request.organisation, "scoring:model"))
