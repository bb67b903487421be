"""From visitor to person: by a form, by a link of an e-mail, or by a call that the site signed.

Conservative. A visitor nobody knows becomes the contact, with its whole past. One who is known already stays who it is:
a form or a signature of somebody else begins a new visitor for what follows (a shared computer), and a link changes
nothing (a colleague's look). A link makes one browser known, once, and provisionally until something surer says the
same: whoever then says that they are somebody else was passed the mail on, and gets all of it (decision 34). Nobody
joins who only lets the audience be measured, and no erased person's browser comes back.
"""

import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.core import signing
from django.db import IntegrityError, connection, transaction
from django.utils.crypto import constant_time_compare, get_random_string

from contacts.doubles.aliases import current_id
from contacts.models import Contact
from contacts.services import upsert_contact
from prm.organisations.models import Organisation
from prm.work.errors import DomainError
from prm.work.sealing import unseal
from prm.work.sql import fetch, run
from prm.work.wakeups import wake
from touchpoints.recounting import follow_corrected
from touchpoints.tracking.intake import QUEUE
from touchpoints.tracking.models import Hit, How, Site, UsedProof, Visitor
from touchpoints.tracking.reading import CLICK, IDENTIFY, KNOWN, UnreadableError, read_browser

log = structlog.get_logger()

# What a link of an e-mail carries.
PARAMETER = "prm_c"
_SALT = "tracking.click"
# A link says who follows it for so long after it was made.
CLICK_LIVES = timedelta(days=30)
# A signed call, so long: the site signs as it renders the page.
SIGNATURE_LIVES = timedelta(hours=1)
_AHEAD = timedelta(minutes=5)
ACTOR = "tracking"

# Called in the transaction that gives what visitors did to a contact, or takes it from one: the organisation, the
# visitors, whose it was and whose it is (None: nobody's).
Mover = Callable[[Organisation, Sequence[Visitor], int | None, int | None], None]
_movers: list[Mover] = []


def on_moved(mover: Mover) -> None:
    """Say what else belongs to visitors and goes with what they did; called from AppConfig.ready."""
    if mover not in _movers:
        _movers.append(mover)


def identify(
    organisation: Organisation, *, browser: str, contact_id: int, how: str = How.FORM, at: datetime | None = None
) -> bool:
    """Let the browser of this id be a contact's; return whether the id can be one. In the caller's transaction.

    `browser` is what `prm.id()` says on the page, which forms carry in the field `prm_visitor`; anything else is let
    be. A worker joins it in the order of what the browser sent, within a second.
    """
    found = _read(browser)
    if found is None:
        return False
    with transaction.atomic():
        Hit.objects.create(
            organisation=organisation,
            site=None,
            browser=found,
            agent="",
            events=[{"n": KNOWN, "a": 0, "p": {"contact": contact_id, "how": str(how)}}],
            **({"received_at": at} if at else {}),
        )
        wake(organisation.pk, QUEUE)
    return True


def find_visitor(organisation: Organisation, browser: str) -> Visitor | None:
    """Return who sits at the browser of this id now, None for nobody who may be told from others. At most one query."""
    found = _read(browser)
    if found is None:
        return None
    known = Visitor.objects.filter(organisation=organisation, browser=found, is_audience=False)
    visitor: Visitor | None = known.order_by("-since", "-pk").first()
    return visitor


def _read(browser: str) -> UUID | None:
    """Return the id `prm.id()` said on a page; None for anything else."""
    try:
        return read_browser(browser)
    except UnreadableError:
        return None


def click_token(organisation: Organisation, contact_id: int) -> str:
    """Return what a link of an e-mail carries as PARAMETER, so that the page it leads to knows who followed it."""
    numbers = f"{organisation.pk}.{contact_id}.{get_random_string(8)}"
    return signing.TimestampSigner(salt=_SALT).sign(numbers).replace(":", "~")


def sign_identity(secret: str, who: str, at: int) -> str:
    """Return a signed call's signature: HMAC-SHA256, in hex, of "who|seconds since 1970" with the site's secret."""
    return hmac.new(secret.encode(), f"{who}|{at}".encode(), hashlib.sha256).hexdigest()


@dataclass(frozen=True)
class Known:
    """Who somebody is, and how that is known."""

    contact_id: int
    how: str
    # Of what proves it only once.
    digest: str = ""


def read_claim(
    organisation: Organisation, site: Site | None, what: str, properties: dict[str, Any], at: datetime
) -> Known | None:
    """Return who an event says a visitor is; None where it proves nothing. A signed call may create the contact."""
    if what == KNOWN:
        return _still_there(organisation, Known(int(properties["contact"]), str(properties["how"])))
    if what == CLICK:
        return _read_click(organisation, str(properties.get("token", "")))
    if what == IDENTIFY and site is not None:
        return _read_signed(organisation, site, properties, at)
    return None


def _read_click(organisation: Organisation, token: str) -> Known | None:
    try:
        said = signing.TimestampSigner(salt=_SALT).unsign(token.replace("~", ":"), max_age=CLICK_LIVES)
        organisation_id, contact_id, _nonce = said.split(".")
        if int(organisation_id) != organisation.pk:
            return None
        digest = hashlib.sha256(token.encode()).hexdigest()
        return _still_there(organisation, Known(int(contact_id), How.CLICK, digest))
    except (signing.BadSignature, ValueError):
        return None


def _read_signed(organisation: Organisation, site: Site, said: dict[str, Any], at: datetime) -> Known | None:
    key = "email" if said.get("email") else "external_id"
    who, signed_at, signature = said.get(key), said.get("at"), said.get("signature")
    if not isinstance(who, str) or not isinstance(signature, str) or not isinstance(signed_at, int | float | str):
        return None
    try:
        moment = datetime.fromtimestamp(int(signed_at), tz=at.tzinfo)
    except (ValueError, OverflowError, OSError):
        return None
    secret = unseal(site.secret)
    if secret is None or not constant_time_compare(sign_identity(secret, who, int(signed_at)), signature.lower()):
        return None
    if not at - SIGNATURE_LIVES <= moment <= at + _AHEAD:
        return None
    try:
        contact, _is_new = upsert_contact(organisation, values={key: who}, by=ACTOR)
    except DomainError as error:
        log.info("signed_identity_refused", organisation=organisation.slug, error=type(error).__name__)
        return None
    return Known(contact.pk, How.SIGNED)


def _still_there(organisation: Organisation, known: Known) -> Known | None:
    """Return the same of whom the contact was merged into; None for one who left the base."""
    contact_id = current_id(organisation, known.contact_id)
    if not Contact.objects.filter(organisation=organisation, pk=contact_id).exists():
        return None
    return Known(contact_id, known.how, known.digest)


_SURENESS = {How.CLICK.value: 1, How.MEMBER.value: 2, How.FORM.value: 3, How.SIGNED.value: 4}


def may_join(visitor: Visitor, known: Known) -> bool:
    """Tell whether a visitor can become somebody, or is that already."""
    if visitor.is_audience:
        return False
    return visitor.contact_id in {None, known.contact_id} or (visitor.is_provisional and known.how != How.CLICK)


def begins_anew(visitor: Visitor, known: Known) -> bool:
    """Tell whether somebody else sits at this browser now: a link alone does not say so."""
    return not visitor.is_audience and not may_join(visitor, known) and known.how != How.CLICK


def mark_joined(organisation: Organisation, visitor: Visitor, known: Known, at: datetime) -> bool:
    """Make a visitor somebody, not stored yet; return whether it is: a link makes one browser known, once."""
    if visitor.contact_id == known.contact_id:
        if _SURENESS[known.how] > _SURENESS.get(visitor.joined_how, 0):
            visitor.joined_how = known.how
        return True
    if known.digest and not _use_proof(organisation, known.digest):
        return False
    visitor.contact_id, visitor.joined_at, visitor.joined_how = known.contact_id, at, known.how
    return True


def _use_proof(organisation: Organisation, digest: str) -> bool:
    try:
        with transaction.atomic():
            UsedProof.objects.create(organisation=organisation, digest=digest)
    except IntegrityError:
        return False
    return True


def join_past(organisation: Organisation, visitors: Sequence[Visitor]) -> int:
    """Give what these visitors did to the contacts they are; return how much that was. One statement a contact."""
    number = 0
    for contact_id in sorted({one.contact_id for one in visitors if one.contact_id is not None}):
        moved = [one for one in visitors if one.contact_id == contact_id]
        number += run("touchpoints/join_interactions", _params(organisation, moved, contact_id))
        for move in _movers:
            move(organisation, moved, None, contact_id)
    if number:
        wake(organisation.pk, "react")
    return number


def give_back(organisation: Organisation, mistaken: Sequence[tuple[Visitor, int]]) -> int:
    """Take what visitors did from the contacts they were taken for; return how much that was.

    It is nobody's then, until `join_past` gives it to who it was. Scores, stages, segments, handoffs and scenarios of
    those contacts follow as they do where a verdict is corrected. In the caller's transaction; one statement a contact.
    """
    number = 0
    for contact_id in sorted({was for _visitor, was in mistaken}):
        moved = [visitor for visitor, was in mistaken if was == contact_id]
        rows = fetch("touchpoints/give_back_interactions", _params(organisation, moved, contact_id))
        for move in _movers:
            move(organisation, moved, contact_id, None)
        follow_corrected(organisation, rows)
        number += len(rows)
    return number


def _params(organisation: Organisation, visitors: Sequence[Visitor], contact_id: int) -> dict[str, Any]:
    uids = [str(one.uid) for one in visitors]
    return {"organisation_id": organisation.pk, "contact_id": contact_id, "visitors": uids}


def hold_contacts(organisation: Organisation, contact_ids: set[int]) -> set[int]:
    """Keep contacts from being merged or erased until the transaction ends; return those that are there.

    Whoever merges or erases locks contacts first and visitors after, and so does this.
    """
    if not contact_ids:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM contacts_contact WHERE organisation_id = %s AND id = ANY (%s) AND stage <> ''"
            " ORDER BY id FOR KEY SHARE",
            [organisation.pk, sorted(contact_ids)],
        )
        return {row[0] for row in cursor.fetchall()}
