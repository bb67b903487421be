"""What people see of landing pages: no cookie, no script needed, and what they send is kept as any form's.

No CSRF cookie stands behind these pages: whoever sends a form shows a token of a page that was shown before.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from prm.organisations.models import Organisation
from prm.organisations.scope import organisation_scope
from prm.work.errors import NotFound
from touchpoints.appearance.queries import Look, get_look
from touchpoints.landing_pages.choosing import bucket_of, choose, cookie_scope
from touchpoints.landing_pages.counting import count_view
from touchpoints.landing_pages.document import BlockKind
from touchpoints.landing_pages.models import LandingPage
from touchpoints.landing_pages.showing import (
    Arm,
    Live,
    Reading,
    Sheet,
    ShownForm,
    Tracking,
    find_page,
    find_site,
    list_alternates,
    make_parts,
    read_version,
)
from touchpoints.landing_pages.tokens import STANDS_ON, Place, make_place_token, public_url, read_place_token
from touchpoints.lead_forms import guarding
from touchpoints.lead_forms.asking import TOKEN
from touchpoints.lead_forms.counting import count_shown
from touchpoints.lead_forms.document import AfterKind
from touchpoints.lead_forms.downloads import after_of, find_sent
from touchpoints.lead_forms.models import LeadForm
from touchpoints.lead_forms.showing import Published, list_published, show
from touchpoints.lead_forms.taking import Origin, Taken, take
from touchpoints.lead_forms.tokens import read_page_token, read_sent_token
from touchpoints.models import Verdict
from touchpoints.tracking.intake import address_of
from touchpoints.tracking.verdicts import judge_hit

P = ParamSpec("P")
PublicView = Callable[Concatenate[HttpRequest, Live, P], HttpResponseBase]
_FOLDER = "touchpoints/landing_pages/public/"
WAY = "landing"


def found(view: PublicView[P]) -> Callable[..., HttpResponseBase]:
    """Give a view the page at its address, in the page's language; 301 for one that moved, 410 for one that was."""

    @wraps(view)
    def entered(
        request: HttpRequest, organisation_slug: str, slug: str, *args: P.args, **kwargs: P.kwargs
    ) -> HttpResponseBase:
        organisation = Organisation.objects.filter(slug=organisation_slug).first()
        if organisation is None:
            return _unknown()
        with organisation_scope(organisation.pk):
            try:
                at = find_page(organisation, slug)
            except NotFound:
                return _unknown(organisation, get_look(organisation))
            if at.live is None:
                if at.gone is not None:
                    return _gone(organisation, at.gone)
                query = request.META.get("QUERY_STRING", "")
                address = reverse("landing_pages_public:page", args=[organisation.slug, at.moved_to])
                return redirect(f"{address}?{query}" if query else address, permanent=True)
            language = at.live.page.language
            with translation.override(language):
                response = view(request, at.live, *args, **kwargs)
                response.headers["Content-Language"] = language
                return response

    return entered


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@found
def page(request: HttpRequest, live: Live) -> HttpResponseBase:
    """Show one of the page's variants; POST takes what was filled in on it."""
    bucket = bucket_of(request, live.organisation)
    if request.method == "POST":
        return _take(request, live, bucket)
    arm = _choose(live, bucket)
    reading = read_version(live.organisation, arm.version_id, arm.published_at)
    published = list_published(live.organisation, reading.document.form_ids)
    forms = {}
    for key, form in _open_forms(reading, published).items():
        token = make_place_token(Place(live.page.pk, arm.variant_id, live.test_id, key))
        forms[key] = ShownForm(form, show(request, form, prefix_id=_prefix(key)), token)
    if request.method == "GET" and _is_seen(request):
        count_view(live.organisation, page_id=live.page.pk, variant_id=arm.variant_id, test_id=live.test_id)
        for seen in published.values():
            if seen.form.is_open:
                count_shown(seen.form)
    return _answer(request, live, arm, bucket, reading=reading, forms=forms)


@never_cache
@require_safe
@found
def thanks(request: HttpRequest, live: Live, sent: str) -> HttpResponseBase:
    """Say what the form says once it was sent."""
    number = read_sent_token(sent)
    form = LeadForm.objects.filter(pk__in=_form_ids(live), submissions=number or 0).first()
    if form is None or find_sent(form, sent) is None:
        return redirect("landing_pages_public:page", live.organisation.slug, live.page.slug)
    published = list_published(live.organisation, [form.pk]).get(form.pk)
    if published is None:
        return redirect("landing_pages_public:page", live.organisation.slug, live.page.slug)
    context: dict[str, Any] = {"organisation": live.organisation, "look": get_look(live.organisation)}
    context |= {"language": live.page.language, "tracking": _tracking(request, live, None, "")}
    context |= {"after": after_of(published, sent)}
    response = HttpResponse(render_to_string(f"{_FOLDER}thanks.html", context))
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _take(request: HttpRequest, live: Live, bucket: str) -> HttpResponseBase:
    """Write down what was sent with where it stood, or show the page once more with what is wrong."""
    place = read_place_token(request.POST.get(STANDS_ON, ""))
    stood = live.arm(place.variant_id) if place is not None and place.page_id == live.page.pk else None
    arm = stood or _choose(live, bucket)
    reading = read_version(live.organisation, arm.version_id, arm.published_at)
    token = read_page_token(request.POST.get(TOKEN, ""))
    published = list_published(live.organisation, {*reading.document.form_ids, *([token.form_id] if token else [])})
    open_forms = _open_forms(reading, published)
    key = place.block if place is not None and place.block in open_forms else next(iter(open_forms), "")
    # Somebody may still have a form before them that the page shows no more.
    form = published.get(token.form_id) if token is not None else open_forms.get(key)
    if form is None or not form.form.is_open:
        return _answer(request, live, arm, bucket, reading=reading, forms={}, status=410)
    taken = take(request, form, WAY, origin=_origin(live, place), prefix_id=_prefix(key))
    if taken.sent:
        return _sent(live, taken)
    kept = request.POST.get(STANDS_ON, "") if place is not None else ""
    here = Place(live.page.pk, arm.variant_id, live.test_id, key)
    forms = {
        other: ShownForm(
            one, show(request, one, prefix_id=_prefix(other)), make_place_token(replace(here, block=other))
        )
        for other, one in open_forms.items()
        if other != key
    }
    forms[key] = ShownForm(taken.published, taken.showing, kept or make_place_token(here), taken.problem)
    response = _answer(request, live, arm, bucket, reading=reading, forms=forms, status=taken.status)
    if taken.status == 429:
        response.headers["Retry-After"] = str(guarding.WINDOW_SECONDS)
    return response


def _origin(live: Live, place: Place | None) -> Origin:
    """Return what is kept of the page: its touchpoint, and the variant and test the form was shown in."""
    touchpoint = live.page.touchpoint
    if touchpoint is not None and touchpoint.merged_into is not None:
        touchpoint = touchpoint.merged_into
    kept: dict[str, Any] = {"landing_page": live.page.slug}
    if place is not None and place.page_id == live.page.pk:
        arm = live.arm(place.variant_id)
        letter = arm.letter if arm else _letter_of(live.page, place.variant_id)
        kept |= {"variant": letter, "landing": {"page": live.page.pk, "variant": place.variant_id}}
        if place.test_id is not None:
            kept["landing"]["test"] = place.test_id
    return Origin(touchpoint.code if touchpoint else "", kept)


def _letter_of(page_of: LandingPage, variant_id: int) -> str:
    """Return the letter of a variant that people see no more."""
    return page_of.variants.filter(pk=variant_id).values_list("letter", flat=True).first() or ""


def _sent(live: Live, taken: Taken) -> HttpResponseBase:
    """Go on to what follows: spam gets the same answer as anybody."""
    after = taken.published.document.after
    if after.kind == AfterKind.REDIRECT:
        response: HttpResponse = redirect(after.url)
        response._csp_replace = {"form-action": ["'self'", _origin_of(after.url)]}  # type: ignore[attr-defined]
    else:
        response = redirect("landing_pages_public:thanks", live.organisation.slug, live.page.slug, taken.sent)
    response.status_code = 303
    return response


def _answer(
    request: HttpRequest,
    live: Live,
    arm: Arm,
    bucket: str,
    *,
    reading: Reading,
    forms: dict[str, ShownForm],
    status: int = 200,
) -> HttpResponse:
    sheet = Sheet(
        live.organisation,
        live.page,
        reading,
        get_look(live.organisation),
        make_parts(reading, forms),
        alternates=list_alternates(live.organisation, live.page),
        url=public_url(live.organisation, live.page.slug),
        tracking=_tracking(request, live, arm, bucket),
    )
    response = HttpResponse(render_to_string(f"{_FOLDER}page.html", sheet.context), status=status)
    if not reading.document.is_indexed:
        response.headers["X-Robots-Tag"] = "noindex"
    targets = [
        one.published.document.after.url
        for one in forms.values()
        if one.published is not None and one.published.document.after.kind == AfterKind.REDIRECT
    ]
    if targets:
        # Browsers hold a redirect after a form against this as well.
        response._csp_replace = {"form-action": ["'self'", *map(_origin_of, targets)]}  # type: ignore[attr-defined]
    return response


def _origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _choose(live: Live, bucket: str) -> Arm:
    if len(live.arms) == 1:
        return live.arms[0]
    return choose(bucket, live.test_id or live.page.pk, [(one, one.share) for one in live.arms])


def _open_forms(reading: Reading, published: dict[int, Published]) -> dict[str, Published]:
    """Return the forms of a page that can be filled in, by their blocks."""
    blocks = (one for one in reading.document.blocks if one.kind == BlockKind.FORM and one.form_id in published)
    forms = {one.key: published[one.form_id or 0] for one in blocks}
    return {key: one for key, one in forms.items() if one.form.is_open}


def _form_ids(live: Live) -> set[int]:
    readings = (read_version(live.organisation, one.version_id, one.published_at) for one in live.arms)
    return {pk for one in readings for pk in one.document.form_ids}


def _prefix(key: str) -> str:
    return f"{key}-"


def _is_seen(request: HttpRequest) -> bool:
    """Tell whether somebody looks at the page, as far as one request says so; the tracker's own rules."""
    is_ahead = "prefetch" in request.headers.get("Sec-Purpose", request.headers.get("Purpose", ""))
    agent = request.headers.get("User-Agent", "")
    verdict, _reason = judge_hit(agent=agent, is_prefetch=is_ahead, address=address_of(request) or None)
    return verdict == Verdict.HUMAN


def _tracking(request: HttpRequest, live: Live, arm: Arm | None, bucket: str) -> Tracking | None:
    site = find_site(live.organisation, request.get_host())
    if site is None:
        return None
    letter = arm.letter if arm else ""
    return Tracking(site.key, site.mode, cookie_scope(live.organisation), bucket, letter)


def _gone(organisation: Organisation, was: LandingPage) -> HttpResponse:
    with translation.override(was.language):
        context = {"organisation": organisation, "look": get_look(organisation), "language": was.language}
        response = HttpResponse(render_to_string(f"{_FOLDER}gone.html", context), status=410)
    response.headers["Content-Language"] = was.language
    return _unlisted(response)


def _unknown(organisation: Organisation | None = None, look: Look | None = None) -> HttpResponse:
    context = {"organisation": organisation, "look": look, "language": translation.get_language()}
    return _unlisted(HttpResponse(render_to_string(f"{_FOLDER}unknown.html", context), status=404))


def _unlisted(response: HttpResponse) -> HttpResponse:
    response.headers["X-Robots-Tag"] = "noindex"
    return response
