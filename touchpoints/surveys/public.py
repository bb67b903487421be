"""Where people answer: a page of its own, a frame in another site, or their own link in a message.

Nobody signs in, and no script is needed. A GET never answers: mail scanners and prefetching browsers follow links. No
CSRF cookie stands behind these pages: whoever answers shows a token of a page that was shown before.
"""

from typing import Any

from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods

from contacts.consent.preferences import find_person
from prm.organisations.models import Organisation
from prm.organisations.scope import organisation_scope
from touchpoints.appearance.queries import get_look
from touchpoints.embedding import framing_of, serve_script
from touchpoints.surveys import guarding, tokens
from touchpoints.surveys.answering import Given, add_words, find_recent, keep_answer
from touchpoints.surveys.models import Answer, Scale, Survey, Way
from touchpoints.surveys.queries import find_by_key
from touchpoints.tracking.identity import find_visitor
from touchpoints.tracking.reading import UnreadableError, read_browser

_FOLDER = "touchpoints/surveys/public/"
# On the survey's own page: which answer is this browser's, so that another one takes its place.
_COOKIE = "prm_answer"


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def survey(request: HttpRequest, address: str) -> HttpResponseBase:
    """Ask on a page of its own; POST answers."""
    return _public(request, address, Way.PAGE)


@csrf_exempt
@never_cache
@xframe_options_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def frame(request: HttpRequest, address: str) -> HttpResponseBase:
    """Ask within one of the sites the survey names."""
    return _public(request, address, Way.FRAME)


@require_GET
def script(_request: HttpRequest, _address: str) -> HttpResponse:
    """Give the script that puts a survey into a page: the same for every survey, which it finds by its own address."""
    return serve_script("survey.js")


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def personal(request: HttpRequest, token: str) -> HttpResponseBase:
    """Ask somebody by the link in their message; the score of the link is chosen already, the button answers."""
    person = tokens.read_person(token)
    organisation = Organisation.objects.filter(pk=person.organisation_id).first() if person else None
    if person is None or organisation is None:
        return _unknown(request)
    with organisation_scope(organisation.pk):
        found = Survey.objects.filter(pk=person.survey_id).select_related("touchpoint").first()
        if found is None:
            return _unknown(request)
        # Somebody erased since may answer as anybody.
        contact = find_person(organisation, person.contact_id) if person.contact_id else None
        ask = _Ask(request, organisation, found, Way.MAIL, contact.pk if contact else None)
        ask.is_test = person.contact_id == 0
        return ask.answer()


@csrf_exempt
@never_cache
@xframe_options_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def thanks(request: HttpRequest, address: str, answered: str) -> HttpResponseBase:
    """Thank, and take words that somebody adds."""
    way = Way.FRAME if "frame" in request.GET else Way.PAGE
    organisation, found = _find(address)
    answer_id = tokens.read_answer_token(answered)
    if organisation is None or found is None or answer_id is None:
        return _unknown(request)
    with organisation_scope(organisation.pk), translation.override(found.language):
        answer = Answer.objects.filter(survey=found, pk=answer_id).first()
        if answer is None and answer_id:
            return _unknown(request)
        is_told = request.method == "POST" and not guarding.is_from_elsewhere(request, found, way)
        words = request.POST.get("words", "")
        # In a frame earlier words are not shown, so leaving them out takes none away.
        is_said = way != Way.FRAME or bool(words.strip())
        if is_told and is_said and answer is not None and not request.POST.get(guarding.TRAP):
            add_words(answer, words)
        context: dict[str, Any] = {"survey": found, "answer": answer, "is_told": is_told, "way": way}
        context |= {"organisation": organisation, "look": get_look(organisation)}
        return _finish(render(request, f"{_FOLDER}thanks.html", context), found, way)


class _Ask:
    """One question put to one person."""

    def __init__(
        self,
        request: HttpRequest,
        organisation: Organisation,
        survey: Survey,
        way: Way,
        contact_id: int | None = None,
    ) -> None:
        self.request, self.organisation, self.survey, self.way = request, organisation, survey, way
        self.contact_id = contact_id
        # A test message: nothing is kept.
        self.is_test = False
        # Whose browser it is, as the tracker of the page around the frame says: nobody where nobody consented.
        said = request.POST.get("visitor") or request.GET.get("v", "")
        # Somebody on their first page may be known only by the time they answer.
        self.browser = _browser(said) if way == Way.FRAME else ""
        self.visitor = find_visitor(organisation, self.browser) if self.browser else None

    def answer(self) -> HttpResponseBase:
        """Return the page, or what follows an answer."""
        with translation.override(self.survey.language):
            if not self.survey.is_open:
                return self._page(status=410)
            if self.request.method == "POST":
                return self._take()
            # Within a page nobody is asked twice in a period.
            if self.visitor is not None and find_recent(self.survey, self.visitor) is not None:
                return self._thank_again()
            return self._page()

    def _take(self) -> HttpResponseBase:
        token = tokens.read_page_token(self.request.POST.get("token", ""))
        score = self._score(self.request.POST.get("score", ""))
        if score is None:
            return self._page(_("Choose one of the answers."), status=422)
        if guarding.is_from_elsewhere(self.request, self.survey, self.way):
            words = _("A site that may not show this survey sent this answer: it is not kept. Answer here instead.")
            return self._page(words, chosen=score, status=403)
        if guarding.is_flooding(self.survey, self.request):
            words = _("Too many answers come from your network just now. Please try again in ten minutes.")
            return self._page(words, chosen=score, status=429)
        is_believable = guarding.is_believable(token, self.survey, self.request.POST.get(guarding.TRAP, ""))
        if not is_believable or guarding.is_robot(self.request, self.visitor):
            return self._page(_("Please confirm your answer."), chosen=score, status=409)
        if self.is_test or token is None:
            return self._thank(0)
        own = self._own()
        nonce = own.nonce if own is not None else token.nonce
        given = Given(score, nonce, self.way, self.contact_id, visitor=self.visitor)
        answer = keep_answer(self.organisation, self.survey, given)
        response = self._thank(answer.pk)
        if self.way == Way.PAGE:
            response.set_cookie(
                f"{_COOKIE}_{self.survey.pk}",
                signing.dumps(answer.pk, salt=_COOKIE),
                max_age=self.survey.period_days * 86_400,
                path=reverse("surveys_public:survey", args=[tokens.address_of(self.survey)]),
                secure=self.request.is_secure(),
                httponly=True,
                samesite="Lax",
            )
        return response

    def _own(self) -> Answer | None:
        """Return what this browser answered within the period, on the survey's own page."""
        try:
            kept = self.request.COOKIES.get(f"{_COOKIE}_{self.survey.pk}", "")
            answer_id = signing.loads(kept, salt=_COOKIE, max_age=self.survey.period_days * 86_400)
        except signing.BadSignature:
            return None
        # What is a person's own is changed by their own link.
        mine = Answer.objects.filter(survey=self.survey, pk=answer_id, contact=None)
        answer: Answer | None = mine.first() if self.way == Way.PAGE else None
        return answer

    def _score(self, text: str) -> int | None:
        score = int(text) if text.isascii() and text.isdigit() and len(text) < 3 else -1
        return score if score in self.survey.scores else None

    def _thank(self, answer_id: int) -> HttpResponse:
        args = [tokens.address_of(self.survey), tokens.make_answer_token(answer_id)]
        response = redirect("surveys_public:thanks", *args)
        response.status_code = 303
        if self.way == Way.FRAME:
            response["Location"] += "?frame=1"
        return response

    def _thank_again(self) -> HttpResponse:
        """Thank whoever answered before, and show nothing of it: an id of a browser does not prove who wrote it."""
        context: dict[str, Any] = {"survey": self.survey, "way": self.way, "organisation": self.organisation}
        context |= {"look": get_look(self.organisation), "is_again": True}
        return _finish(render(self.request, f"{_FOLDER}thanks.html", context), self.survey, self.way)

    def _page(self, problem: str = "", *, chosen: int | None = None, status: int = 200) -> HttpResponseBase:
        own = self._own()
        if chosen is None:
            chosen = self._score(self.request.GET.get("s", ""))
        context: dict[str, Any] = {
            "survey": self.survey,
            "organisation": self.organisation,
            "look": get_look(self.organisation),
            "scores": self.survey.scores,
            "is_satisfaction": self.survey.scale == Scale.SATISFACTION,
            "chosen": chosen,
            "own": own,
            "token": tokens.make_page_token(self.survey),
            "trap": guarding.TRAP,
            "problem": problem,
            "is_test": self.is_test,
            "way": self.way,
            "browser": self.browser,
        }
        response = render(self.request, f"{_FOLDER}survey.html", context, status=status)
        if status == 429:
            response.headers["Retry-After"] = str(guarding.WINDOW_SECONDS)
        return _finish(response, self.survey, self.way)


def _public(request: HttpRequest, address: str, way: Way) -> HttpResponseBase:
    organisation, found = _find(address)
    if organisation is None or found is None:
        return _unknown(request)
    with organisation_scope(organisation.pk):
        return _Ask(request, organisation, found, way).answer()


def _find(address: str) -> tuple[Organisation | None, Survey | None]:
    """Return the organisation and the survey of a public address; None for what there is not."""
    read = tokens.read_address(address)
    organisation = Organisation.objects.filter(pk=read[0]).first() if read else None
    if read is None or organisation is None:
        return None, None
    with organisation_scope(organisation.pk):
        return organisation, find_by_key(organisation, read[1])


def _finish(response: HttpResponse, found: Survey, way: Way) -> HttpResponse:
    """Say the language; let nobody list the page, and only the sites that the survey names show it in a frame."""
    response.headers["Content-Language"] = found.language
    response.headers["X-Robots-Tag"] = "noindex"
    if way == Way.FRAME:
        response._csp_replace = {"frame-ancestors": framing_of(found.hosts)}  # type: ignore[attr-defined]
    else:
        response.headers["X-Frame-Options"] = "DENY"
    return response


def _browser(said: str) -> str:
    """Return the id a tracker gave a browser, "" for what is none."""
    try:
        return str(read_browser(said) or "")
    except UnreadableError:
        return ""


def _unknown(request: HttpRequest) -> HttpResponse:
    return render(request, f"{_FOLDER}unknown.html", status=404)
