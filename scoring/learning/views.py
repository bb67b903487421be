"""Learning weights from conversions: started, watched, read, taken over into the draft."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from prm.organisations.access import OrgRequest, requires
from prm.organisations.links import org_reverse
from prm.organisations.rights import Right, may
from prm.web.figures import figure
from prm.web.numbers import read_id
from prm.work.errors import Invalid
from scoring.learning.forms import LearningForm
from scoring.learning.models import Learning
from scoring.learning.reports import report_of
from scoring.learning.services import find_job, find_newest, start_learning, take_over
from scoring.learning.shape import shape_of
from scoring.models import ModelVersion, VersionStatus

TEMPLATE = "scoring/learning/learning.html"


@requires(Right.SCORING_VIEW)
def learning(request: OrgRequest) -> HttpResponse:
    """Show today's points beside those learned from conversions, and why not to trust some."""
    draft = ModelVersion.objects.filter(status=VersionStatus.DRAFT).first()
    newest = find_newest(draft) if draft else None
    is_stale = bool(newest and draft and newest.fingerprint != shape_of(draft))
    context: dict[str, Any] = {
        "version": draft,
        "learning": newest,
        "job": find_job(newest) if newest else None,
        "report": report_of(newest, draft) if newest and draft else None,
        "is_stale": is_stale,
        "can_take": not is_stale and may(request.membership.role, Right.SCORING_EDIT),
        "form": LearningForm(initial=_asked(newest)),
    }
    return render(request, TEMPLATE, context)


@require_POST
@requires(Right.SCORING_EDIT)
def learning_start(request: OrgRequest) -> HttpResponseBase:
    """Let a worker learn."""
    form = LearningForm(request.POST)
    if form.is_valid():
        try:
            start_learning(
                request.organisation, **form.cleaned_data, taken_in=_ids(request.POST, "taken_in"), by=request.user
            )
        except Invalid as problem:
            told = [str(problem), *(f"{name}{_(':')} {text}" for name, text in problem.fields.items())]
            messages.error(request, " ".join(told))
    else:
        messages.error(request, _("Choose what counts as converted, and who is compared."))
    return redirect(org_reverse(request.organisation, "learning:learning"))


@require_POST
@requires(Right.SCORING_EDIT)
def learning_take_over(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Take the chosen suggestions over into the draft."""
    try:
        number = take_over(request.organisation, learning_id=pk, rule_ids=_ids(request.POST, "rule"), by=request.user)
    except Invalid as problem:
        messages.error(request, str(problem))
    else:
        words = ngettext(
            "%(n)s rule of the draft has its learned points. Nothing moves until it is published.",
            "%(n)s rules of the draft have their learned points. Nothing moves until it is published.",
            number,
        )
        messages.success(request, words % {"n": figure(number)})
    return redirect(org_reverse(request.organisation, "learning:learning"))


def _asked(newest: Learning | None) -> dict[str, str]:
    return {"goal": newest.goal, "among": newest.among} if newest else {}


def _ids(data: QueryDict, name: str) -> list[int]:
    return [pk for text in data.getlist(name) if (pk := read_id(text)) is not None]
