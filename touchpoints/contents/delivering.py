"""Who follows a content's address, whether they are let in, and the note that they read it."""

import hmac
import time
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.http import HttpRequest

from contacts.consent.preferences import find_person
from prm.organisations.models import Organisation
from touchpoints.contents.models import Content, ContentFile
from touchpoints.contents.tokens import READER, Who, read_token
from touchpoints.lead_forms.guarding import is_program
from touchpoints.lead_forms.identifying import find_contact
from touchpoints.lead_forms.models import Submission, SubmissionStatus
from touchpoints.lead_forms.processing import process_submission
from touchpoints.models import Verdict
from touchpoints.recording import NewInteraction, record
from touchpoints.tracking.identity import PARAMETER, click_token
from touchpoints.tracking.intake import address_of
from touchpoints.tracking.models import Site, Visitor
from touchpoints.tracking.verdicts import judge_hit

# The same person, or the same browser at the same address, reads a content once within so many seconds.
AGAIN_SECONDS = 1800
# What addresses on tracked sites may carry, as forms do: the id the tracker gave the browser.
BROWSER = "prm_visitor"


@dataclass(frozen=True)
class Guest:
    """Who follows an address, as far as is known."""

    contact_id: int | None = None
    visitor: Visitor | None = None
    # Of a form sent for this content: nobody else has this pass.
    submission_id: int = 0
    # They came by a link of their own message.
    has_link: bool = False

    @property
    def is_let_in(self) -> bool:
        """Tell whether no form stands in the way any more."""
        return self.contact_id is not None or self.submission_id != 0

    @property
    def visitor_uid(self) -> str | None:
        """What interactions carry of the browser."""
        return str(self.visitor.uid) if self.visitor is not None else None


def read_request(request: HttpRequest, organisation: Organisation, content: Content) -> Guest:
    """Return who follows a content's address: by their own link, by the form they sent, by their browser."""
    reader = read_token(content, request.GET.get(READER, ""))
    if reader is not None and reader.who == Who.CONTACT:
        person = find_person(organisation, reader.number)
        if person is not None:
            return Guest(person.pk, has_link=True)
    elif reader is not None and reader.who == Who.SENDING:
        return _of_sending(organisation, content, reader.number)
    visitor = _find_visitor(organisation, reader.number if reader and reader.who == Who.VISITOR else 0, request)
    known = find_contact(request, organisation, "")
    contact_id = known.pk if known is not None else visitor.contact_id if visitor is not None else None
    return Guest(contact_id, visitor)


def _of_sending(organisation: Organisation, content: Content, submission_id: int) -> Guest:
    """Return who sent the form: taken in right now where no worker was quicker, so that the reading is theirs."""
    submissions = Submission.objects.filter(organisation=organisation, pk=submission_id, form_id=content.form_id)
    submission = submissions.first()
    if submission is None:
        return Guest()
    if submission.status == SubmissionStatus.RECEIVED:
        process_submission(organisation, submission.pk)
        submission = submissions.get()
    return Guest(submission.contact_id, submission_id=submission.pk)


def _find_visitor(organisation: Organisation, visitor_id: int, request: HttpRequest) -> Visitor | None:
    visitors = Visitor.objects.filter(organisation=organisation)
    if visitor_id:
        return visitors.filter(pk=visitor_id).first()
    try:
        browser = UUID(request.GET.get(BROWSER, ""))
    except ValueError:
        return None
    return visitors.filter(browser=browser, is_audience=False).order_by("-since").first()


def note_reading(
    request: HttpRequest, organisation: Organisation, content: Content, guest: Guest, *, is_file: bool
) -> bool:
    """Note in the log that a content was read; return whether that is so. In a transaction of its own.

    Robots, and what browsers load ahead, never count; whoever comes from a data centre is noted as doubtful. Somebody
    nobody knows who goes on to a page that is tracked is seen there. The same reader counts once in half an hour.
    """
    if request.method != "GET":
        return False
    agent, address = request.headers.get("User-Agent", ""), address_of(request)
    verdict, _reason = judge_hit(agent=agent, is_prefetch=is_program(request), address=address or None)
    if verdict == Verdict.BOT:
        return False
    is_known = guest.contact_id is not None or guest.visitor is not None
    if not is_known and not is_file and is_tracked(organisation, content):
        return False
    if not _is_first(content, guest, address, agent):
        return False
    properties = {
        "content": content.pk,
        "title": content.title,
        "theme": content.theme.name,
        **({"link": content.url} if content.url else {}),
    }
    with transaction.atomic():
        ids = record(
            organisation,
            [
                NewInteraction(
                    "download" if is_file else "content_read",
                    contact_id=guest.contact_id,
                    visitor_id=guest.visitor_uid,
                    touchpoint_id=content.touchpoint_id,
                    key=_key(content, guest),
                    verdict=verdict,
                    properties=properties,
                )
            ],
        )
    return ids[0] is not None


def _key(content: Content, guest: Guest) -> str | None:
    """Return what makes a reading of somebody known count once within a while."""
    who = f"c{guest.contact_id}" if guest.contact_id is not None else ""
    who = who or (f"v{guest.visitor.pk}" if guest.visitor is not None else "")
    return f"content:{content.pk}:{who}:{int(time.time() // AGAIN_SECONDS)}" if who else None


def _is_first(content: Content, guest: Guest, address: str, agent: str) -> bool:
    """Tell whether this is no second look within a while; of nobody known, by a keyed hash kept in the cache alone."""
    if _key(content, guest) is not None:
        return True
    text = f"{content.pk}|{guest.submission_id}|{address}|{agent}"
    digest = hmac.digest(settings.SECRET_KEY.encode(), text.encode(), "sha256").hex()[:24]
    return bool(cache.add(f"content-read:{digest}", 1, AGAIN_SECONDS))


def is_tracked(organisation: Organisation, content: Content) -> bool:
    """Tell whether the page a content stands at is one of a tracked site that sends. One query."""
    host = content.page_host
    if not host:
        return False
    found = Site.objects.filter(organisation=organisation, last_hit_at__isnull=False).values_list("hosts", flat=True)
    return any(host == own.removeprefix("www.") or host.endswith(f".{own}") for hosts in found for own in hosts)


def find_file(content: Content, *, with_data: bool = False) -> ContentFile | None:
    """Return the file a content is, its bytes where they are wanted; None for one that is an address. One query."""
    files = ContentFile.objects.filter(content=content)
    return (files if with_data else files.defer("data")).first()


def leads_to(organisation: Organisation, content: Content, guest: Guest) -> str:
    """Return the address a content stands at; whoever came by a link of their own message is named to the tracker."""
    if not guest.has_link or guest.contact_id is None or not is_tracked(organisation, content):
        return str(content.url)
    parts = urlsplit(content.url)
    mark = f"{PARAMETER}={click_token(organisation, guest.contact_id)}"
    return urlunsplit(parts._replace(query=f"{parts.query}&{mark}" if parts.query else mark))
