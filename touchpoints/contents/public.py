"""What people see at the public address of a content: the content, or the form that stands before it. No cookie."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from prm.organisations.models import Organisation
from prm.organisations.scope import organisation_scope
from prm.work.errors import NotFound
from touchpoints.appearance.queries import get_look
from touchpoints.contents import tokens
from touchpoints.contents.delivering import Guest, find_file, leads_to, note_reading, read_request
from touchpoints.contents.models import Content, ContentKind
from touchpoints.contents.tokens import READER, Reader, Who
from touchpoints.lead_forms import guarding
from touchpoints.lead_forms.counting import count_shown
from touchpoints.lead_forms.showing import Published, Showing, get_published, show
from touchpoints.lead_forms.taking import take
from touchpoints.lead_forms.tokens import read_sent_token

_FOLDER = "touchpoints/contents/public/"
# Says that what is behind the form is ready.
READY = "ready"
_WAY = "page"

PublicView = Callable[[HttpRequest, Organisation, Content], HttpResponseBase]


def found(view: PublicView) -> Callable[[HttpRequest, str], HttpResponseBase]:
    """Give a view the content at its address, in the content's language; 404 for any other."""

    @wraps(view)
    def entered(request: HttpRequest, address: str) -> HttpResponseBase:
        read = tokens.read_address(address)
        organisation = Organisation.objects.filter(pk=read[0]).first() if read else None
        if read is None or organisation is None:
            return _unknown(request)
        with organisation_scope(organisation.pk):
            contents = Content.objects.select_related("theme", "form")
            content = contents.filter(organisation=organisation, key=read[1]).first()
            if content is None:
                return _unknown(request)
            with translation.override(content.language):
                response = view(request, organisation, content)
                response.headers["Content-Language"] = content.language
                response.headers["X-Robots-Tag"] = "noindex"
                response.headers["Referrer-Policy"] = "no-referrer"
                return response

    return entered


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@found
def page(request: HttpRequest, organisation: Organisation, content: Content) -> HttpResponseBase:
    """Give the content, or ask what its form asks first; POST takes what was filled in."""
    if content.archived_at is not None:
        return _said(request, organisation, content, "gone", status=410)
    guest = read_request(request, organisation, content)
    if not content.is_gated or guest.is_let_in:
        if READY in request.GET:
            return _said(request, organisation, content, "ready")
        return _deliver(request, organisation, content, guest)
    return _gate(request, organisation, content)


def _deliver(request: HttpRequest, organisation: Organisation, content: Content, guest: Guest) -> HttpResponseBase:
    if content.url:
        note_reading(request, organisation, content, guest, is_file=False)
        return _Elsewhere(leads_to(organisation, content, guest))
    file = find_file(content, with_data=request.method != "HEAD")
    if file is None:
        return _said(request, organisation, content, "gone", status=410)
    note_reading(request, organisation, content, guest, is_file=True)
    response = HttpResponse(b"" if request.method == "HEAD" else bytes(file.data), content_type=file.content_type)
    response.headers["Content-Disposition"] = content_disposition_header(True, file.name) or "attachment"
    response.headers["Content-Length"] = str(file.size)
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


class _Elsewhere(HttpResponseRedirect):
    """The way to where a content stands: an address a member gave, checked when it was kept."""

    allowed_schemes = ("http", "https")  # type: ignore[assignment]


def _gate(request: HttpRequest, organisation: Organisation, content: Content) -> HttpResponseBase:
    """Show the form that stands before a content, or take it. One that lets nobody in says so, and gives nothing."""
    form = content.form
    try:
        published = get_published(organisation, form.key) if form is not None and form.is_open else None
    except NotFound:
        published = None
    if published is None:
        return _said(request, organisation, content, "closed", status=410)
    if request.method == "POST":
        return _take(request, organisation, content, published)
    showing = show(request, published)
    if request.method == "GET" and not guarding.is_program(request):
        count_shown(published.form)
    return _ask(request, organisation, content, published, showing)


def _take(request: HttpRequest, organisation: Organisation, content: Content, published: Published) -> HttpResponseBase:
    taken = take(request, published, _WAY)
    if taken.sent:
        token = tokens.make_token(content, Reader(Who.SENDING, read_sent_token(taken.sent) or 0))
        ready = redirect(f"{_path(content)}?{READER}={token}&{READY}=1")
        ready.status_code = 303
        return ready
    response = _ask(
        request, organisation, content, taken.published, taken.showing, problem=taken.problem, status=taken.status
    )
    if taken.status == 429:
        response.headers["Retry-After"] = str(guarding.WINDOW_SECONDS)
    return response


def _ask(
    request: HttpRequest,
    organisation: Organisation,
    content: Content,
    published: Published,
    showing: Showing,
    *,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {
        "form": published.form,
        "document": published.document,
        "address": published.address,
        "way": _WAY,
        "ask": showing.ask,
        "showing": showing,
        "problem": problem,
        "action": _path(content),
    }
    return _said(request, organisation, content, "form", status=status, **context)


def _said(
    request: HttpRequest, organisation: Organisation, content: Content, state: str, *, status: int = 200, **more: Any
) -> HttpResponse:
    context = {
        "organisation": organisation,
        "look": get_look(organisation),
        "content": content,
        "kind": ContentKind(content.kind).label,
        "state": state,
        "file": find_file(content) if state == "ready" else None,
        "link": f"{_path(content)}?{READER}={request.GET.get(READER, '')}" if state == "ready" else "",
        **more,
    }
    return render(request, f"{_FOLDER}page.html", context, status=status)


def _path(content: Content) -> str:
    return reverse("contents_public:page", args=[tokens.address_of(content)])


def _unknown(request: HttpRequest) -> HttpResponse:
    return render(request, f"{_FOLDER}unknown.html", status=404)
