"""Consent in conditions: for each purpose what people said, when, and whether it may be followed.

Answers are asked for by EXISTS: by index for some contacts, and for everybody by index, hashed or joined, as the
planner finds cheaper. When they were given is
read as a set.
"""

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

from django.db.models import OuterRef, Subquery
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from contacts.condition_fields import PEOPLE
from contacts.consent.models import EMAIL, Act, Basis, Purpose, PurposeText, Source
from prm.conditions import fields
from prm.conditions.fields import Field, FieldType

PREFIX = "consent."
# What a person answered, as conditions store it.
YES, NO, ASKED, NOTHING = "yes", "no", "asked", "nothing"
# The states of the ledger each stands for; the last two stand for themselves.
_STATES: dict[str, list[Any]] = {
    YES: [Act.GIVEN.value],
    NO: [Act.WITHDRAWN.value, Act.OBJECTED.value],
    ASKED: [ASKED],
    NOTHING: [NOTHING],
}


def register_fields() -> None:
    """Let conditions over people ask what they allow."""
    fields.register_source(PEOPLE, fields.Source(PREFIX, list_fields))


def list_fields() -> list[Field]:
    """Return the fields of the organisation in scope, those of archived purposes as such. One query."""
    ending = "fr" if (get_language() or "en").startswith("fr") else "en"
    texts = PurposeText.objects.filter(purpose=OuterRef("pk")).order_by("-version")
    found = Purpose.objects.annotate(label=Subquery(texts.values(f"label_{ending}")[:1]))
    purposes = list(found.order_by("position", "pk"))
    reachable = " AND ".join(_reachable(one) for one in purposes if one.code == EMAIL) or "FALSE"
    return [field for one in purposes for field in _fields(one, one.label or one.code, reachable)]


def _fields(purpose: Purpose, label: str, reachable: str) -> Iterable[Field]:
    name, words = PREFIX + purpose.code, {"purpose": label}
    field = partial(
        Field,
        group=_("Consent: %(purpose)s") % words,
        is_gone=purpose.archived_at is not None,
        gone=_("The purpose “%(purpose)s” was archived.") % words,
    )
    answered, waits = _answer(purpose), _waits(purpose)
    yield field(
        name,
        _("consent to “%(purpose)s”") % words,
        FieldType.CHOICES,
        f"(({_answer(purpose, 'x.state = ANY ({codes})')})"
        f" OR ('{ASKED}' = ANY ({{codes}}) AND {waits} AND NOT {answered})"
        f" OR ('{NOTHING}' = ANY ({{codes}}) AND NOT {waits} AND NOT {answered}))",
        choices=_choices,
        encode=_STATES.__getitem__,
        is_exhaustive=True,
    )
    allowed = _("“%(purpose)s” is allowed") % words
    flags = {
        "allowed": (_("may get e-mails at all") if purpose.code == EMAIL else allowed, _allowed(purpose, reachable)),
        "own": (
            _("said yes to “%(purpose)s” themselves") % words,
            _answer(purpose, f"x.state = '{Act.GIVEN}' AND x.source = '{Source.CENTRE}'"),
        ),
        "asked": (_("asked to confirm “%(purpose)s”, no answer yet") % words, waits),
    }
    for ending, (text, sql) in flags.items():
        yield field(f"{name}.{ending}", text, FieldType.BOOLEAN, f"({sql})", is_exhaustive=True)
    since = fields.Apart(
        f"consent_consentstate x WHERE x.organisation_id = %(organisation_id)s AND x.purpose_id = {int(purpose.pk)}",
        "x.contact_id",
        "x.since",
    )
    yield field(f"{name}.since", _("last decision about “%(purpose)s”") % words, FieldType.MOMENT, "c.id", apart=since)


def _choices() -> Sequence[tuple[str, str]]:
    return [
        (YES, _("said yes")),
        (NO, _("said no")),
        (ASKED, _("asked to confirm, no answer yet")),
        (NOTHING, _("has not been asked")),
    ]


def _of_person(table: str, purpose: Purpose) -> str:
    """Return the rows of a table about a person and a purpose; its key begins with both."""
    return (
        f"FROM {table} x WHERE x.organisation_id = c.organisation_id AND x.contact_id = c.id"
        f" AND x.purpose_id = {int(purpose.pk)}"
    )


def _answer(purpose: Purpose, which: str = "TRUE") -> str:
    return f"EXISTS (SELECT 1 {_of_person('consent_consentstate', purpose)} AND {which})"


def _waits(purpose: Purpose) -> str:
    return f"EXISTS (SELECT 1 {_of_person('consent_confirmation', purpose)} AND x.confirmed_at IS NULL)"


def _follows(purpose: Purpose) -> str:
    """Say whether what was said allows a purpose: consent wants a yes, an interest no no."""
    if purpose.basis == Basis.CONSENT:
        return _answer(purpose, f"x.state = '{Act.GIVEN}'")
    refused = _answer(purpose, f"x.state <> '{Act.GIVEN}'")
    return f"NOT {refused}"


def _reachable(email: Purpose) -> str:
    """Say whether anything may be sent at all, as the last look before a message leaves (begin_mail.sql) has it."""
    of_person = "x.organisation_id = c.organisation_id AND x.contact_id = c.id"
    suppressed = f"EXISTS (SELECT 1 FROM contacts_suppression x WHERE {of_person})"
    return f"COALESCE(c.email, '') <> '' AND NOT {suppressed} AND {_follows(email)}"


def _allowed(purpose: Purpose, reachable: str) -> str:
    if purpose.code == EMAIL:
        return reachable
    by_channel = {"email": f" AND {reachable}", "phone": " AND COALESCE(c.phone, '') <> ''"}
    return _follows(purpose) + by_channel.get(purpose.channel, "")
