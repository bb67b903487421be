"""Interactions that programs send: each item is checked on its own, contacts and touchpoints are found in sets."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from contacts.doubles.aliases import find_survivors
from contacts.doubles.models import AliasKind
from contacts.models import Contact
from contacts.normalising import UnusableValueError, normalise_email
from prm.organisations.models import Organisation
from prm.web.person import zone_of
from prm.work.texts import is_storable
from touchpoints.kinds import RESERVED
from touchpoints.models import Touchpoint
from touchpoints.recording import KIND_SHAPE, NewInteraction, record

LARGEST_BATCH = 1000
LONGEST_KEY = 100
# Keys of programs are kept apart from the product's own.
KEY_PREFIX = "api:"
LONGEST_PROPERTIES = 20_000
DEEPEST_PROPERTIES = 12
# How contacts are named here, and among the names of merged ones.
_ALIASES: dict[str, str] = {"pk": AliasKind.ID, "email": AliasKind.EMAIL, "external_id": AliasKind.EXTERNAL_ID}
# How far a sender's clock may be ahead of ours.
AHEAD = timedelta(minutes=5)
OLDEST = datetime(1990, 1, 1, tzinfo=UTC)
LARGEST_ID = 2**63 - 1

Status = Literal["accepted", "duplicate", "rejected"]


@dataclass(frozen=True)
class Outcome:
    """What became of one item."""

    status: Status
    id: int | None = None
    reason: str | None = None


@dataclass(frozen=True)
class _Given:
    """An item that can be read; contact and touchpoint are still as the sender names them."""

    kind: str
    contact: tuple[str, Any]
    touchpoint: str | int | None
    occurred_at: datetime | None
    key: str | None
    properties: dict[str, Any] = field(default_factory=dict)


class _UnusableError(Exception):
    """An item cannot be taken; the text says why, to people."""


def receive_interactions(organisation: Organisation, *, items: Sequence[Any]) -> list[Outcome]:
    """Record what can be recorded, in the order given; say for each item what became of it.

    At most five reads and the statements of `record`, whatever the number. All that is accepted is one transaction.
    """
    now, zone = timezone.now(), zone_of(organisation.time_zone)
    outcomes: dict[int, Outcome] = {}
    given: dict[int, _Given] = {}
    for place, item in enumerate(items):
        try:
            given[place] = _read(item, now, zone)
        except _UnusableError as error:
            outcomes[place] = Outcome("rejected", reason=str(error))
    try:
        outcomes |= _record(organisation, given)
    except IntegrityError:
        # A contact or touchpoint went away between being found and being written to: look again, once.
        outcomes |= _record(organisation, given)
    return [outcomes[place] for place in range(len(items))]


def _record(organisation: Organisation, given: Mapping[int, _Given]) -> dict[int, Outcome]:
    with transaction.atomic():
        contacts = _find_contacts(organisation, {one.contact for one in given.values()})
        touchpoints = _find_touchpoints(organisation, {one.touchpoint for one in given.values() if one.touchpoint})
        outcomes: dict[int, Outcome] = {}
        ready: dict[int, NewInteraction] = {}
        for place, one in given.items():
            contact, touchpoint = contacts.get(one.contact), touchpoints.get(one.touchpoint or "")
            if contact is None:
                outcomes[place] = Outcome("rejected", reason=_nobody(one.contact[0]))
            elif one.touchpoint and touchpoint is None:
                outcomes[place] = Outcome(
                    "rejected", reason=_("There is no touchpoint “%(touchpoint)s”.") % {"touchpoint": one.touchpoint}
                )
            else:
                ready[place] = NewInteraction(
                    one.kind,
                    contact_id=contact,
                    touchpoint_id=touchpoint,
                    occurred_at=one.occurred_at,
                    key=KEY_PREFIX + one.key if one.key else None,
                    properties=one.properties,
                )
        ids = record(organisation, list(ready.values()))
    for place, number in zip(ready, ids, strict=True):
        outcomes[place] = Outcome("duplicate") if number is None else Outcome("accepted", id=number)
    return outcomes


# --- Finding ------------------------------------------------------------------------------------


def _find_contacts(organisation: Organisation, wanted: Iterable[tuple[str, Any]]) -> dict[tuple[str, Any], int]:
    """Return the ids of the contacts that exist, by how they were named; a merged one's names mean who they are now.

    One query for each way, at most three, and one more for each that left somebody unknown.
    """
    by_field: dict[str, list[Any]] = {}
    for name, value in wanted:
        by_field.setdefault(name, []).append(value)
    found: dict[tuple[str, Any], int] = {}
    for name, values in by_field.items():
        rows = Contact.objects.filter(organisation=organisation, **{f"{name}__in": values}).values_list(name, "pk")
        found |= {(name, value): pk for value, pk in rows}
        unknown = [value for value in values if (name, value) not in found]
        if unknown:
            merged = find_survivors(organisation, _ALIASES[name], map(str, unknown))
            found |= {(name, value): merged[str(value)] for value in unknown if str(value) in merged}
    return found


def _find_touchpoints(organisation: Organisation, wanted: Iterable[str | int]) -> dict[str | int, int]:
    """Return the ids of touchpoints named by code, or by id (as a number, or as text that is no code).

    A merged one's names mean what it became part of.
    """
    names = list(wanted)
    if not names:
        return {}
    ids = [name if isinstance(name, int) else _number(name) for name in names]
    codes = [name for name in names if isinstance(name, str)]
    rows = Touchpoint.objects.filter(Q(code__in=codes) | Q(pk__in=ids), organisation=organisation)
    by_id: dict[int, int] = {}
    by_code: dict[str, int] = {}
    for pk, code, merged_into in rows.values_list("pk", "code", "merged_into_id"):
        by_id[pk] = by_code[code] = merged_into or pk
    found: dict[str | int, int] = {}
    for name in names:
        number = by_id.get(name) if isinstance(name, int) else by_code.get(name) or by_id.get(_number(name))
        if number is not None:
            found[name] = number
    return found


def _number(text: str) -> int:
    """Return the id a text is, 0 for one that is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def _nobody(named_by: str) -> str:
    return {
        "pk": _("No contact has this id."),
        "email": _("No contact has this e-mail address."),
        "external_id": _("No contact has this external id."),
    }[named_by]


# --- Reading ------------------------------------------------------------------------------------


def _read(item: Any, now: datetime, zone: ZoneInfo) -> _Given:
    if not isinstance(item, dict):
        raise _UnusableError(_("An interaction is an object."))
    if not all(_is_storable(value, 0) for value in item.values()):
        raise _UnusableError(_("It holds characters or numbers that cannot be stored."))
    return _Given(
        kind=_read_kind(item.get("kind")),
        contact=_read_contact(item.get("contact")),
        touchpoint=_read_touchpoint(item.get("touchpoint")),
        occurred_at=_read_time(item.get("occurred_at"), now, zone),
        key=_read_key(item.get("key")),
        properties=_read_properties(item.get("properties")),
    )


def _read_kind(value: Any) -> str:
    if not isinstance(value, str) or not KIND_SHAPE.fullmatch(value):
        raise _UnusableError(
            _("“kind” is missing or has another shape than two to forty lower-case letters, digits and underscores.")
        )
    if value in RESERVED:
        raise _UnusableError(_("Only PRM itself notes the kind “%(kind)s”.") % {"kind": value})
    return value


def _read_contact(value: Any) -> tuple[str, Any]:
    if isinstance(value, dict):
        number, email, external = value.get("id"), value.get("email"), value.get("external_id")
        number = _number(number) if isinstance(number, str) else number
        if isinstance(number, int) and not isinstance(number, bool) and 0 < number <= LARGEST_ID:
            return "pk", number
        if number is None and isinstance(email, str) and email.strip():
            return "email", _same_as_kept(email)
        if number is None and email is None and isinstance(external, str | int) and str(external).strip():
            return "external_id", str(external).strip()
    raise _UnusableError(_("“contact” names nobody: give its id, its e-mail address or its external id."))


def _same_as_kept(email: str) -> str:
    """Return an address as contacts keep it; what is none is nobody's."""
    try:
        return normalise_email(email)
    except UnusableValueError:
        return email.strip().lower()


def _read_touchpoint(value: Any) -> str | int | None:
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise _UnusableError(_("“touchpoint” is the code or the id of a touchpoint."))
    if isinstance(value, int) and not 0 < value <= LARGEST_ID:
        raise _UnusableError(_("There is no touchpoint “%(touchpoint)s”.") % {"touchpoint": value})
    return value.strip() if isinstance(value, str) else value


def _read_time(value: Any, now: datetime, zone: ZoneInfo) -> datetime | None:
    """Return the moment; one without a time zone is the organisation's time."""
    if value is None or value == "":
        return None
    try:
        at = parse_datetime(value) if isinstance(value, str) else None
        if at is not None:
            at = (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        at = None
    if at is None:
        raise _UnusableError(_("“occurred_at” cannot be read; write it as 2026-03-12T14:30:00+01:00."))
    if at > now + AHEAD:
        raise _UnusableError(_("“occurred_at” is still to come."))
    if at < OLDEST:
        raise _UnusableError(_("“occurred_at” is too long ago."))
    return at


def _read_key(value: Any) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, str | int) or len(str(value)) > LONGEST_KEY:
        raise _UnusableError(_("“key” is a text of at most %(n)s characters.") % {"n": LONGEST_KEY})
    return str(value)


def _read_properties(value: Any) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise _UnusableError(_("“properties” is an object."))
    if _size(value) > LONGEST_PROPERTIES:
        raise _UnusableError(_("“properties” is too large."))
    return value


def _is_storable(value: Any, depth: int) -> bool:
    """Tell whether PostgreSQL can keep a value of JSON: no zero character, no half of a pair, no infinity."""
    if depth > DEEPEST_PROPERTIES:
        return False
    if isinstance(value, str):
        return is_storable(value)
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, dict):
        return all(_is_storable(key, depth) and _is_storable(one, depth + 1) for key, one in value.items())
    if isinstance(value, list):
        return all(_is_storable(one, depth + 1) for one in value)
    return True


def _size(value: Any) -> int:
    """Return about how many characters a value takes."""
    if isinstance(value, dict):
        return sum(len(key) + _size(one) + 4 for key, one in value.items())
    if isinstance(value, list):
        return sum(_size(one) + 2 for one in value)
    return len(str(value))
