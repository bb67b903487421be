"""What a rep does with a handoff: one address an act, a plain POST, a dialog where there are scripts."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRedirect

from prm.organisations.access import OrgRequest, requires
from prm.organisations.links import org_reverse
from prm.organisations.models import Role
from prm.organisations.rights import Right
from prm.work.errors import Conflict, Invalid, NotFound
from scoring.handoffs import answering, claiming, closing, queue, working
from scoring.handoffs.forms import CallForm, ConvertForm, NoteForm, ReasonForm, RecycleForm, SnoozeForm
from scoring.models import Handoff

TEMPLATE = "scoring/handoffs/handoff_act.html"
Act = Callable[..., Handoff]


@dataclass(frozen=True)
class Question:
    """What is asked before an act: its title (with the name), the button, its icon, and what will happen."""

    title: str | Promise
    action: str | Promise
    picture: str
    text: str | Promise = ""


# By the name of the address.
QUESTIONS = {
    "handoff_call": Question(
        gettext_lazy("The call with %(name)s"),
        gettext_lazy("Note it"),
        "phone",
        gettext_lazy("A call in which you spoke counts in the score; one in vain does not."),
    ),
    "handoff_note": Question(gettext_lazy("A note on %(name)s"), gettext_lazy("Keep"), "check"),
    "handoff_snooze": Question(
        gettext_lazy("Put %(name)s off"),
        gettext_lazy("Put off"),
        "pause",
        gettext_lazy("It stays yours, below the others until then."),
    ),
    "handoff_reject": Question(
        gettext_lazy("Reject %(name)s?"),
        gettext_lazy("Reject"),
        "x",
        gettext_lazy("Goes back to marketing with your reason."),
    ),
    "handoff_recycle": Question(
        gettext_lazy("Recycle %(name)s?"),
        gettext_lazy("Recycle"),
        "undo",
        gettext_lazy("Too early: a prospect again, back to nurturing, and not handed over before that day."),
    ),
    "handoff_convert": Question(
        gettext_lazy("%(name)s bought"),
        gettext_lazy("Make a customer"),
        "check",
        gettext_lazy("A customer leaves scoring and nurturing. Without an amount, only that they bought is known."),
    ),
    "handoff_lose": Question(
        gettext_lazy("Give %(name)s up?"),
        gettext_lazy("Give up"),
        "x",
        gettext_lazy("They leave scoring and nurturing; marketing reads why."),
    ),
}


@require_POST
@requires(Right.HANDOFFS_WORK)
def handoff_claim(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Claim, and stay on the lead: its number can be called now."""
    try:
        claimed = claiming.claim_handoff(request.organisation, handoff_id=pk, by=request.user)
    except Conflict as conflict:
        messages.error(request, str(conflict.message))
        return redirect(org_reverse(request.organisation, "handoffs:queue"))
    messages.success(request, _("%(name)s is yours to call.") % {"name": claimed.contact.name})
    return redirect(_page_of(request, pk))


@require_POST
@requires(Right.HANDOFFS_WORK)
def handoff_next(request: OrgRequest) -> HttpResponseBase:
    """Claim the first of the queue, whoever else is claiming at this moment."""
    try:
        claimed = claiming.claim_next(request.organisation, by=request.user)
    except NotFound:
        messages.info(request, _("Nobody waits any more."))
        return redirect(org_reverse(request.organisation, "handoffs:queue"))
    messages.success(request, _("%(name)s is yours to call.") % {"name": claimed.contact.name})
    return redirect(_page_of(request, claimed.pk))


@require_POST
@requires(Right.HANDOFFS_WORK)
def handoff_accept(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Accept a claimed handoff."""
    return _do(request, pk, answering.accept_handoff, _("%(name)s is accepted and goes on with sales."), stays=True)


@require_POST
@requires(Right.HANDOFFS_WORK)
def handoff_release(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Give a claimed handoff back to the queue."""
    return _do(request, pk, claiming.release_handoff, _("%(name)s is back in the queue."))


@requires(Right.HANDOFFS_WORK)
def handoff_call(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Note how a call went, and what is next."""
    form = CallForm(request.POST or None)
    if _is_sent(request, form):
        values = {"outcome": form.cleaned_data["outcome"], "note": form.cleaned_data["note"], **form.plan}
        return _do(request, pk, working.log_call, _("The call with %(name)s is noted."), form, stays=True, **values)
    return _ask(request, pk, form)


@requires(Right.HANDOFFS_WORK)
def handoff_note(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Write a note, or plan the next step."""
    form = NoteForm(request.POST or None)
    if _is_sent(request, form):
        values = {"note": form.cleaned_data["note"], **form.plan}
        return _do(request, pk, working.note_handoff, _("It is noted for %(name)s."), form, stays=True, **values)
    return _ask(request, pk, form)


@requires(Right.HANDOFFS_WORK)
def handoff_snooze(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Put a handoff off for a while."""
    form = SnoozeForm(request.POST or None)
    if _is_sent(request, form):
        return _do(request, pk, working.snooze_handoff, _("%(name)s is put off."), form, until=form.moment)
    return _ask(request, pk, form)


@requires(Right.HANDOFFS_WORK)
def handoff_reject(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Reject a claimed handoff with a reason."""
    form = ReasonForm(request.POST or None)
    if _is_sent(request, form):
        done = _("%(name)s goes back to marketing with your reason.")
        return _do(request, pk, answering.reject_handoff, done, form, **form.cleaned_data)
    return _ask(request, pk, form)


@requires(Right.HANDOFFS_WORK)
def handoff_recycle(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Send a handoff back to nurturing until a day."""
    form = RecycleForm(request.POST or None)
    if _is_sent(request, form):
        values = {"until": form.until, "note": form.cleaned_data["note"]}
        return _do(request, pk, answering.recycle_handoff, _("%(name)s goes back to nurturing."), form, **values)
    return _ask(request, pk, form)


@requires(Right.HANDOFFS_WORK)
def handoff_convert(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Make the contact a customer."""
    form = ConvertForm(request.POST or None)
    if _is_sent(request, form):
        done = _("%(name)s is a customer: they leave scoring and nurturing.")
        return _do(request, pk, closing.convert_handoff, done, form, **form.values)
    return _ask(request, pk, form)


@requires(Right.HANDOFFS_WORK)
def handoff_lose(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Give up on somebody who had been accepted."""
    form = ReasonForm(request.POST or None)
    if _is_sent(request, form):
        done = _("%(name)s is lost: marketing reads why.")
        return _do(request, pk, closing.lose_handoff, done, form, **form.cleaned_data)
    return _ask(request, pk, form)


def _is_sent(request: OrgRequest, form: Form) -> bool:
    return request.method == "POST" and form.is_valid()


def _do(
    request: OrgRequest, pk: int, act: Act, done: str, form: Form | None = None, *, stays: bool = False, **values: Any
) -> HttpResponseBase:
    """Carry out an act and go on: to the same lead, or to the next. What is refused is said where the rep is."""
    is_admin = request.membership.role == Role.ADMIN
    try:
        handoff = act(request.organisation, handoff_id=pk, by=request.user, is_admin=is_admin, **values)
    except Conflict as conflict:
        messages.error(request, str(conflict.message))
        return _go(request, _page_of(request, pk))
    except Invalid as problem:
        if form is None:
            raise
        for name, text in problem.fields.items():
            form.add_error(name if name in form.fields else None, str(text))
        return _ask(request, pk, form)
    messages.success(request, done % {"name": handoff.contact.name})
    return _go(request, _page_of(request, pk) if stays else org_reverse(request.organisation, "handoffs:queue"))


def _go(request: OrgRequest, url: str) -> HttpResponseBase:
    return HttpResponseClientRedirect(url) if request.htmx else redirect(url)


def _ask(request: OrgRequest, pk: int, form: Form) -> HttpResponse:
    """Show the form of the address that was asked, as a page or in the dialog."""
    lead = queue.get_lead(request.organisation, pk)
    match = request.resolver_match
    question = QUESTIONS[str(match.url_name) if match else ""]
    context = {
        "lead": lead,
        "form": form,
        "title": question.title % {"name": lead.handoff.contact.name},
        "text": question.text,
        "action": question.action,
        "picture": question.picture,
        "url": request.path,
        "back": _page_of(request, pk),
    }
    template = f"{TEMPLATE}#form" if request.htmx else TEMPLATE
    return render(request, template, context, status=422 if form.errors else 200)


def _page_of(request: OrgRequest, pk: int) -> str:
    return org_reverse(request.organisation, "handoffs:handoff", pk)
