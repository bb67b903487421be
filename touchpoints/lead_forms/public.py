"""What people see of forms: a page of its own, a frame, or a part of another site. No cookie, nobody signs in.

No CSRF cookie stands behind these pages: whoever sends a form shows a token of a page that was shown before.
"""

from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils import translation
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from prm.organisations.models import Organisation
from prm.organisations.scope import organisation_scope
from prm.work.errors import NotFound
from touchpoints.appearance.colours import style_of
from touchpoints.appearance.queries import get_look
from touchpoints.embedding import allows, serve_script
from touchpoints.lead_forms import guarding, tokens
from touchpoints.lead_forms.counting import count_shown
from touchpoints.lead_forms.document import AfterKind
from touchpoints.lead_forms.downloads import after_of, find_file, find_sent, note_download
from touchpoints.lead_forms.headers import allow_reading, allow_showing
from touchpoints.lead_forms.showing import Published, get_published, show
from touchpoints.lead_forms.taking import take

P = ParamSpec("P")
PublicView = Callable[Concatenate[HttpRequest, Published, P], HttpResponseBase]
_FOLDER = "touchpoints/lead_forms/public/"


class Way(StrEnum):
    """How somebody sees a form."""

    PAGE = "page"
    FRAME = "frame"
    PART = "part"


def found(view: PublicView[P]) -> Callable[..., HttpResponseBase]:
    """Give a view the form at its address, in the form's language; 404 for any other."""

    @wraps(view)
    def entered(request: HttpRequest, address: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        read = tokens.read_address(address)
        organisation = Organisation.objects.filter(pk=read[0]).first() if read else None
        if read is None or organisation is None:
            return _unknown(request)
        with organisation_scope(organisation.pk):
            try:
                published = get_published(organisation, read[1])
            except NotFound:
                return _unknown(request)
            language = published.form.language
            with translation.override(language):
                response = view(request, published, *args, **kwargs)
                response.headers["Content-Language"] = language
                response.headers["X-Robots-Tag"] = "noindex"
                return response

    return entered


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@found
def page(request: HttpRequest, published: Published) -> HttpResponseBase:
    """Show the form on a page of its own; POST takes what was filled in."""
    return _handle(request, published, Way.PAGE)


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@found
def frame(request: HttpRequest, published: Published) -> HttpResponseBase:
    """Show the form within one of the sites it names."""
    return _handle(request, published, Way.FRAME)


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST", "OPTIONS"])
@found
def part(request: HttpRequest, published: Published) -> HttpResponseBase:
    """Give the form, and then the answer to it, to the script that puts it into a page of another site."""
    origin = request.headers.get("Origin", "")
    if not allows(published.form.hosts, origin):
        return JsonResponse({"error": "origin"}, status=403)
    is_question = request.method == "OPTIONS"
    return allow_reading(HttpResponse(status=204) if is_question else _handle(request, published, Way.PART), origin)


@require_GET
def script(_request: HttpRequest, _address: str) -> HttpResponse:
    """Give the script that puts a form into a page: the same for every form, which it finds by its own address."""
    return serve_script("lead_form.js")


@require_GET
@found
def colour(request: HttpRequest, published: Published) -> HttpResponseBase:
    """Give the style sheet with the form's own colour, else the organisation's."""
    chosen = published.document.colour or get_look(published.organisation).colour
    response = HttpResponse(style_of(chosen), content_type="text/css")
    response.headers["Cache-Control"] = "public, max-age=300"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@never_cache
@require_GET
@found
def thanks(request: HttpRequest, published: Published, sent: str) -> HttpResponseBase:
    """Say what the form says once it was sent."""
    if find_sent(published.form, sent) is None:
        return redirect("lead_forms_public:page", published.address)
    way = Way.FRAME if "frame" in request.GET else Way.PAGE
    return _page(request, published, way, {"after": after_of(published, sent)})


# The token of a form that was sent is what lets somebody in.
@csrf_exempt
@never_cache
@require_POST
@found
def file(request: HttpRequest, published: Published, sent: str) -> HttpResponseBase:
    """Give the document that was promised, and note that it was taken."""
    given = find_sent(published.form, sent)
    wanted = find_file(published, with_content=True) if given is not None else None
    if wanted is None or given is None:
        return _unknown(request)
    note_download(published.organisation, given, wanted.name)
    response = HttpResponse(bytes(wanted.content), content_type=wanted.content_type)
    response.headers["Content-Disposition"] = content_disposition_header(True, wanted.name) or "attachment"
    return response


def _handle(request: HttpRequest, published: Published, way: Way) -> HttpResponseBase:
    if not published.form.is_open:
        return _answer(request, published, way, {"is_closed": True}, status=410)
    if request.method == "POST":
        return _take(request, published, way)
    showing = show(request, published)
    if request.method == "GET" and not guarding.is_program(request):
        count_shown(published.form)
    return _answer(request, published, way, {"ask": showing.ask, "showing": showing})


def _take(request: HttpRequest, published: Published, way: Way) -> HttpResponseBase:
    """Write down what was sent and go on, or show the form once more with what is wrong."""
    taken = take(request, published, way)
    if taken.sent:
        return _sent(request, taken.published, way, taken.sent)
    context = {"ask": taken.showing.ask, "showing": taken.showing, "problem": taken.problem}
    response = _answer(request, taken.published, way, context, status=taken.status)
    if taken.status == 429:
        response.headers["Retry-After"] = str(guarding.WINDOW_SECONDS)
    return response


def _sent(request: HttpRequest, published: Published, way: Way, sent: str) -> HttpResponseBase:
    """Go on to what follows: spam gets the same answer as anybody."""
    after = published.document.after
    is_redirect = after.kind == AfterKind.REDIRECT
    if way == Way.PART:
        html = render_to_string(f"{_FOLDER}_after.html", {"after": after_of(published, sent)})
        return JsonResponse({"html": html, "redirect": after.url if is_redirect else ""})
    if is_redirect and way == Way.PAGE:
        response = redirect(after.url)
    else:
        response = redirect("lead_forms_public:thanks", published.address, sent)
        if way == Way.FRAME:
            response["Location"] += "?frame=1"
    response.status_code = 303
    return allow_showing(response, published.form, published.document, is_framed=way == Way.FRAME)


def _answer(
    request: HttpRequest, published: Published, way: Way, context: dict[str, Any], *, status: int = 200
) -> HttpResponseBase:
    if way != Way.PART:
        return _page(request, published, way, context, status=status)
    html = render_to_string(f"{_FOLDER}_form.html", {**_words(published), **context, "way": way})
    colours = settings.BASE_URL + reverse("lead_forms_public:colour", args=[published.address])
    return JsonResponse({"html": html, "styles": [_absolute(static("css/lead_form.css")), colours]}, status=status)


def _page(
    request: HttpRequest, published: Published, way: Way, context: dict[str, Any], *, status: int = 200
) -> HttpResponseBase:
    response = render(request, f"{_FOLDER}page.html", {**_words(published), "way": way, **context}, status=status)
    return allow_showing(response, published.form, published.document, is_framed=way == Way.FRAME)


def _words(published: Published) -> dict[str, Any]:
    return {
        "organisation": published.organisation,
        "form": published.form,
        "document": published.document,
        "look": get_look(published.organisation),
        "address": published.address,
    }


def _absolute(address: str) -> str:
    return address if "://" in address else settings.BASE_URL + address


def _unknown(request: HttpRequest) -> HttpResponse:
    return render(request, f"{_FOLDER}unknown.html", status=404)
