"""The steps of a scenario, edited in place; the page on which a message is written and looked at."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST

from nurturing import queries, steps, trials
from nurturing.envelopes import sender_of
from nurturing.forms import LONGEST_TEXT, MessageForm, WaitForm
from nurturing.models import Step, StepKind
from nurturing.own_fields import OwnFields
from nurturing.personalising import LONGEST_SUBJECT, VARIABLES, TemplateError
from nurturing.views.scenarios import page_of
from nurturing.writing import write_letter
from prm.organisations.access import OrgRequest, requires
from prm.organisations.links import org_reverse
from prm.organisations.rights import Right
from prm.web.numbers import read_id
from prm.web.refusals import save
from prm.work.models import Job


@require_POST
@requires(Right.NURTURING_EDIT)
def step_add(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Put an e-mail or a wait into a scenario."""
    kind = StepKind.WAIT if request.POST.get("kind") == StepKind.WAIT else StepKind.EMAIL
    after = read_id(request.POST.get("after", ""))
    step = steps.add_step(
        request.organisation,
        scenario_id=pk,
        kind=kind,
        after=steps.MOST_STEPS if after is None else after,
        by=request.user,
    )
    return _board(request, pk, step)


@requires(Right.NURTURING_EDIT)
def step_edit(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Write a message, or set a wait."""
    step = queries.get_step(request.organisation, pk)
    return _edit_wait(request, step) if step.kind == StepKind.WAIT else _edit_message(request, step)


@require_POST
@requires(Right.NURTURING_EDIT)
def step_up(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Let a step change places with the one before."""
    step = steps.move_step(request.organisation, step_id=pk, is_up=True, by=request.user)
    return _board(request, step.scenario_id, step)


@require_POST
@requires(Right.NURTURING_EDIT)
def step_down(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Let a step change places with the one behind."""
    step = steps.move_step(request.organisation, step_id=pk, is_up=False, by=request.user)
    return _board(request, step.scenario_id, step)


@require_POST
@requires(Right.NURTURING_EDIT)
def step_delete(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Take a step out."""
    scenario = steps.delete_step(request.organisation, step_id=pk, by=request.user)
    return _board(request, scenario.pk, None)


# The message's own style sheet and pictures, and nothing that runs; shown inside the editor only.
_PREVIEW_POLICY = {
    "default-src": ["'none'"],
    "style-src": ["'unsafe-inline'"],
    "img-src": ["https:", "data:"],
    "frame-ancestors": ["'self'"],
    "sandbox": [""],
}


@xframe_options_sameorigin
@requires(Right.NURTURING_VIEW)
def step_preview(request: OrgRequest, pk: int) -> HttpResponse:
    """Show a message as it is, or as it is being written, addressed to the member. Changes nothing."""
    step = queries.get_step(request.organisation, pk)
    given = request.POST if request.method == "POST" else request.GET
    step.subject = given.get("subject", step.subject)[:LONGEST_SUBJECT]
    step.body = given.get("body", step.body)[:LONGEST_TEXT]
    html, text = "", ""
    try:
        recipient = trials.sample_recipient(request.organisation, step, request.user)
        own = OwnFields(request.organisation)
        letter = write_letter(request.organisation, sender_of(request.organisation), recipient, own)
        html, text = letter.html, f"{letter.subject}\n\n{letter.text}"
    except TemplateError as error:
        text = _("This cannot be read: %(error)s.") % {"error": error}
    is_text = not html or given.get("as") == "text"
    kind = "text/plain; charset=utf-8" if is_text else "text/html; charset=utf-8"
    response = HttpResponse(text if is_text else html, content_type=kind)
    response._csp_config = _PREVIEW_POLICY  # type: ignore[attr-defined]
    return response


@require_POST
@requires(Right.NURTURING_EDIT)
def step_test(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Send the message, as it is kept, to the member's own address."""
    job = trials.start_trial(request.organisation, step_id=pk, by=request.user)
    if request.htmx:
        return render(request, "components/job.html", {"job": job})
    messages.success(request, _("The test message is on its way to %(address)s.") % {"address": request.user.email})
    return redirect(f"{org_reverse(request.organisation, 'nurturing:step_edit', pk)}?job={job.pk}")


def _edit_message(request: OrgRequest, step: Step) -> HttpResponseBase:
    form = MessageForm(request.POST or None, step=step)
    if request.method == "POST":
        changed = save(
            form,
            lambda: steps.edit_message(
                request.organisation,
                step_id=step.pk,
                subject=form.cleaned_data["subject"],
                body=form.cleaned_data["body"],
                by=request.user,
            ),
        )
        if changed:
            messages.success(request, _("The message is kept; the next ones leave as it says now."))
            return redirect(_edit_url(request, step) if "stay" in request.POST else _scenario_url(request, step))
    job = read_id(request.GET.get("job", ""))
    own = OwnFields(request.organisation)
    context = {
        "form": form,
        "step": step,
        "scenario": step.scenario,
        "variables": {**VARIABLES, **own.labels},
        "gone": own.find_gone(step.subject, step.body),
        "sender": sender_of(request.organisation),
        "back": _scenario_url(request, step),
        "job": Job.objects.filter(pk=job, kind=trials.KIND).first() if job else None,
    }
    return render(request, "nurturing/message_form.html", context, status=422 if form.errors else 200)


def _edit_wait(request: OrgRequest, step: Step) -> HttpResponseBase:
    form = WaitForm(request.POST or None, step=step)
    if request.method == "POST":
        changed = save(
            form, lambda: steps.set_wait(request.organisation, step_id=step.pk, seconds=form.seconds, by=request.user)
        )
        if changed:
            return _board(request, step.scenario_id, step)
    context = {"form": form, "step": step, "scenario": step.scenario, "back": _scenario_url(request, step)}
    template = "nurturing/_wait_form.html" if request.htmx else "nurturing/wait_form.html"
    return render(request, template, context, status=422 if form.errors else 200)


def _board(request: OrgRequest, scenario_id: int, step: Step | None) -> HttpResponseBase:
    """Return the changed scenario: in place for htmx, else its page at the step."""
    if not request.htmx:
        address = org_reverse(request.organisation, "nurturing:scenario_detail", scenario_id)
        return redirect(f"{address}#step-{step.pk}" if step else address)
    scenario = queries.get_scenario(request.organisation, scenario_id)
    context: dict[str, Any] = {**page_of(request, scenario), "changed": step.pk if step else None}
    return render(request, "nurturing/scenario_detail.html#board", context)


def _scenario_url(request: OrgRequest, step: Step) -> str:
    return f"{org_reverse(request.organisation, 'nurturing:scenario_detail', step.scenario_id)}#step-{step.pk}"


def _edit_url(request: OrgRequest, step: Step) -> str:
    return org_reverse(request.organisation, "nurturing:step_edit", step.pk)
