"""Pages of surveys: the list, one survey with its results and how to ask, its form; and the panel of a touchpoint."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from prm.organisations.access import OrgRequest, requires
from prm.organisations.links import org_reverse
from prm.organisations.rights import Right
from prm.web.pagination import paginate_request
from prm.web.refusals import save
from prm.web.tabs import Tab
from touchpoints.actions.effects import LEAST_ANSWERS
from touchpoints.models import Touchpoint
from touchpoints.queries import list_touchpoints
from touchpoints.surveys import queries, services
from touchpoints.surveys.figures import WINDOW_DAYS
from touchpoints.surveys.forms import SurveyForm
from touchpoints.surveys.models import Scale, Survey
from touchpoints.surveys.tokens import public_url
from touchpoints.surveys.wording import mark_of
from touchpoints.views.inventory import tabs_of

PAGE_SIZE = 25


@requires(Right.TOUCHPOINTS_VIEW)
def survey_list(request: OrgRequest) -> HttpResponse:
    """List who is asked what, and what it came to."""
    rows = queries.list_surveys(request.organisation)
    context = {"rows": rows, "least": LEAST_ANSWERS, "tabs": tabs_of(request, "surveys")}
    return render(request, "touchpoints/surveys/survey_list.html", context)


@requires(Right.TOUCHPOINTS_VIEW)
def survey_detail(request: OrgRequest, pk: int) -> HttpResponse:
    """Show a survey: results, words, and how to ask."""
    survey = queries.get_survey(request.organisation, pk)
    kind = request.GET.get("kind", "")
    shown = queries.list_answers(survey, kind=kind, with_words="all" not in request.GET)
    context = {
        "survey": survey,
        "results": queries.count_scores(queries.list_answers(survey, with_words=False), [survey]),
        "page": paginate_request(shown, request, ["-answered_at", "-pk"], size=PAGE_SIZE),
        "kinds": _kinds(request, survey, kind),
        "public_url": public_url(survey),
        "frame_url": public_url(survey, "frame"),
        "script_url": f"{public_url(survey).removesuffix('/')}.js",
        "mark": mark_of(survey),
        "least": LEAST_ANSWERS,
        "window_days": WINDOW_DAYS,
    }
    template = "touchpoints/surveys/survey_detail.html"
    return render(request, f"{template}#answers" if request.htmx else template, context)


@requires(Right.TOUCHPOINTS_EDIT)
def survey_add(request: OrgRequest) -> HttpResponseBase:
    """Ask about a touchpoint; the one it comes from is chosen already."""
    initial = {
        "touchpoint": request.GET.get("touchpoint"),
        "scale": Scale.SATISFACTION,
        "language": request.organisation.language,
        "period_days": 90,
    }
    form = SurveyForm(request.POST or None, touchpoints=list_touchpoints(request.organisation), initial=initial)
    if request.method == "POST":
        created = save(form, lambda: services.create_survey(request.organisation, values=form.values, by=request.user))
        if created:
            messages.success(request, _("The survey is open: now ask people, by its link, on a page or in a message."))
            return redirect(_url(request, created))
    return _form_page(request, form, None)


@requires(Right.TOUCHPOINTS_EDIT)
def survey_edit(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Change a survey."""
    survey = queries.get_survey(request.organisation, pk)
    form = SurveyForm(request.POST or None, touchpoints=list_touchpoints(request.organisation), survey=survey)
    if request.method == "POST":
        changed = save(
            form,
            lambda: services.update_survey(request.organisation, survey_id=pk, values=form.values, by=request.user),
        )
        if changed:
            messages.success(request, _("The survey is kept as you set it."))
            return redirect(_url(request, changed))
    return _form_page(request, form, survey)


@require_POST
@requires(Right.TOUCHPOINTS_EDIT)
def survey_close(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Ask nobody any more."""
    survey = services.set_open(request.organisation, survey_id=pk, is_open=False, by=request.user)
    undo = org_reverse(request.organisation, "surveys:survey_open", pk)
    messages.success(request, _("The survey is closed: nobody is asked any more."), extra_tags=undo)
    return redirect(_url(request, survey))


@require_POST
@requires(Right.TOUCHPOINTS_EDIT)
def survey_open(request: OrgRequest, pk: int) -> HttpResponseBase:
    """Ask again."""
    survey = services.set_open(request.organisation, survey_id=pk, is_open=True, by=request.user)
    messages.success(request, _("The survey is open again."))
    return redirect(_url(request, survey))


def touchpoint_panel(request: OrgRequest, touchpoint: Touchpoint) -> dict[str, Any]:
    """Return what people say of a touchpoint, for its page. Four queries."""
    return {
        "touchpoint": touchpoint,
        "voices": queries.hear(request.organisation, touchpoint),
        "least": LEAST_ANSWERS,
        "window_days": WINDOW_DAYS,
    }


def _kinds(request: OrgRequest, survey: Survey, kind: str) -> list[Tab]:
    address = _url(request, survey)
    words = {"": _("All words"), "delights": _("Delights"), "irritants": _("Irritants")}
    return [Tab(label, f"{address}?kind={one}" if one else address, one == kind) for one, label in words.items()]


def _form_page(request: OrgRequest, form: SurveyForm, survey: Survey | None) -> HttpResponse:
    back = _url(request, survey) if survey else org_reverse(request.organisation, "surveys:survey_list")
    context = {"form": form, "survey": survey, "back": back}
    return render(request, "touchpoints/surveys/survey_form.html", context, status=422 if form.errors else 200)


def _url(request: OrgRequest, survey: Survey) -> str:
    return org_reverse(request.organisation, "surveys:survey_detail", survey.pk)
