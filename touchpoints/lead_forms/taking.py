"""What becomes of a form that is sent, wherever it stood: on a page of its own, in a frame, or on a landing page."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from touchpoints.lead_forms import guarding, tokens
from touchpoints.lead_forms.asking import CARRIED, TOKEN, carried
from touchpoints.lead_forms.receiving import Sending, store_submission
from touchpoints.lead_forms.showing import Published, Showing, as_shown, renew_token, show


@dataclass(frozen=True)
class Origin:
    """The page of ours a form stands on: what is kept of it with what is sent."""

    # The code of its touchpoint, where the page's address names no other.
    touchpoint: str = ""
    kept: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Taken:
    """What was made of it: 303 and the token of what was kept, or what is wrong, with the form to show once more."""

    published: Published
    showing: Showing
    status: int
    problem: str = ""
    sent: str = ""


def take(
    request: HttpRequest, published: Published, way: str, *, origin: Origin | None = None, prefix_id: str = ""
) -> Taken:
    """Write down what was sent, or say beside the fields what is wrong; what was typed is kept in any case."""
    token = tokens.read_page_token(request.POST.get(TOKEN, ""))
    if token is not None:
        # People answer to what they read, whatever was published since.
        published = as_shown(published, token.version_id)
    showing = show(request, published, data=request.POST, prefix_id=prefix_id)
    form, ask = published.form, showing.ask
    is_valid = ask.is_valid()
    if guarding.is_flooding(form, guarding.address_of(request)):
        words = _("Too much comes from your network just now. All you typed is here: send it again in ten minutes.")
        return _once_more(published, showing, 429, words)
    if token is None or token.form_id != form.pk or token.age_seconds > tokens.PAGE_SECONDS:
        words = _("This page was open for a long time. All you typed is here: send it once more.")
        return _once_more(published, showing, 409, words)
    if not is_valid:
        return _once_more(published, showing, 422)
    submission = store_submission(
        published.organisation,
        form,
        version_id=published.version.pk,
        document=published.document,
        nonce=token.nonce,
        answers=ask.answers,
        sending=read_sending(request, showing, way, origin or Origin()),
        spam=guarding.find_spam(token, str(ask.data.get(guarding.TRAP, ""))),
    )
    return Taken(published, showing, 303, sent=tokens.make_sent_token(submission.pk))


def read_sending(request: HttpRequest, showing: Showing, way: str, origin: Origin) -> Sending:
    """Return what came with the answers."""
    page, referrer, touchpoint, browser, _person = (carried(showing.ask.data, name) for name in CARRIED)
    return Sending(
        page=page,
        referrer=referrer,
        touchpoint=touchpoint or origin.touchpoint,
        program=request.headers.get("User-Agent", ""),
        network=guarding.network_of(guarding.address_of(request)),
        browser=browser,
        contact_id=showing.contact_id,
        way=way,
        origin=origin.kept,
    )


def _once_more(published: Published, showing: Showing, status: int, problem: str = "") -> Taken:
    renew_token(showing.ask, published)
    return Taken(published, showing, status, problem)
