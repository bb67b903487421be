"""What people said to purposes, as columns of files: recorded from imports, written in exports.

A file's no counts in every mode; its yes only where nothing was said, so that no file takes a no back.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import JSONObject
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from contacts.consent.models import Act, ConsentState, Purpose, PurposeText
from contacts.models import Contact
from contacts.normalising import UnusableValueError, read_yes_no
from contacts.typed_values import read_date
from prm.work.sql import fetch, run

PREFIX = "consent."
# Behind the code of a purpose: the column of the day it was said.
SINCE = ".since"
# The same where the file writes months first.
SINCE_MDY = ".since_mdy"

_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d")


@dataclass(frozen=True)
class ConsentTarget:
    """One column of a file about a purpose: what was said to it, or when."""

    purpose: Purpose
    label: str
    # "" for what was said, SINCE or SINCE_MDY for when.
    ending: str = ""

    part = "consents"
    is_of_company = False

    @property
    def code(self) -> str:
        """What mappings call it."""
        return PREFIX + self.purpose.code + self.ending

    @property
    def key(self) -> str:
        """What the value stands under in a row's `consents`."""
        return self.purpose.code + (SINCE if self.ending else "")

    @property
    def place(self) -> str:
        """What no two columns may go into, however they write it."""
        return PREFIX + self.key

    @property
    def names(self) -> tuple[str, ...]:
        """What a column is called that goes in here."""
        if self.ending:
            return (self.place,)
        return (self.place, f"consent {self.label}", f"consentement {self.label}", f"opt in {self.label}")

    @property
    def is_month_first(self) -> bool:
        """Tell how the file writes its dates."""
        return self.ending == SINCE_MDY

    @property
    def meaning(self) -> object:
        """What must not change while a file is imported."""
        return self.purpose.pk

    def reader(self, *, decimal_comma: bool) -> Callable[[str], Any]:
        """Return what reads a cell; None of an empty one."""
        return partial(_read_since, month_first=self.is_month_first) if self.ending else _read_answer


def list_targets() -> Iterator[ConsentTarget]:
    """Yield what columns can say of each purpose in use. One query."""
    for purpose in _in_use():
        for ending in ("", SINCE, SINCE_MDY):
            yield ConsentTarget(purpose, str(purpose.label or purpose.code), ending)


def _in_use() -> QuerySet[Any]:
    ending = "fr" if (get_language() or "en").startswith("fr") else "en"
    texts = PurposeText.objects.filter(purpose=OuterRef("pk")).order_by("-version")
    found = Purpose.objects.filter(archived_at__isnull=True).order_by("position", "pk")
    return found.annotate(label=Subquery(texts.values(f"label_{ending}")[:1]))


def target_label(target: ConsentTarget) -> str:
    """Say what a column goes into."""
    text = {
        "": _("Said yes or no to “%(purpose)s”"),
        SINCE: _("Said to “%(purpose)s” on"),
        SINCE_MDY: _("Said to “%(purpose)s” on (month first)"),
    }[target.ending]
    return text % {"purpose": target.label}


def _read_answer(text: str) -> bool | None:
    return read_yes_no(text) if text.strip() else None


def _read_since(text: str, *, month_first: bool) -> str | None:
    """Return an instant as ISO writes it, a day as its noon in UTC: the same day nearly everywhere."""
    if _INSTANT.match(text.strip()):
        try:
            found = datetime.fromisoformat(text.strip())
        except ValueError as error:
            raise UnusableValueError("bad_date") from error
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).isoformat()
    day = read_date(text, month_first=month_first)
    return f"{day}T12:00:00+00:00" if day else None


def answers_of(cells: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return {purpose: {"yes": bool, "at": instant or None}} of what a row's columns say; a date alone says nothing."""
    return {
        code: {"yes": said, "at": cells.get(code + SINCE)}
        for code, said in cells.items()
        if not code.endswith(SINCE) and said is not None
    }


def fold_answers(earlier: Mapping[str, Any], later: Mapping[str, Any]) -> dict[str, Any]:
    """Return what two rows of one person say together: the later counts, but a no of the earlier stays."""
    found = {**earlier, **later}
    for code, said in earlier.items():
        if said is False:
            found[code] = said
            found.pop(code + SINCE, None)
            if code + SINCE in earlier:
                found[code + SINCE] = earlier[code + SINCE]
    return found


# --- Imports ------------------------------------------------------------------------------------


def judge_answers(params: Mapping[str, Any]) -> None:
    """Leave of what the rows of a chunk say only what will be written of known contacts."""
    run("contacts/judge_import_consents", params)


def record_answers(params: Mapping[str, Any], *, said: bool) -> list[int]:
    """Write the yes, or the no, of a chunk's rows into the ledger; return the contacts. One statement."""
    act = Act.GIVEN if said else Act.WITHDRAWN
    rows = fetch("contacts/record_import_consents", {**params, "said": said, "act": act})
    return sorted({int(row[0]) for row in rows})


def take_back_answers(params: Mapping[str, Any]) -> int:
    """Let an undone import's yes hold no more, where it is still what holds; its no stays. Return how many."""
    return run("contacts/take_back_import_consents", params)


# --- Exports ------------------------------------------------------------------------------------


def exported_purposes() -> Sequence[str]:
    """Return the codes of the purposes that get two columns each. One query."""
    return list(_in_use().values_list("code", flat=True))


def columns_of(codes: Sequence[str]) -> list[str]:
    """Return the names of their columns."""
    return [name for code in codes for name in (PREFIX + code, PREFIX + code + SINCE)]


def with_answers(contacts: QuerySet[Contact]) -> QuerySet[Contact]:
    """Let each contact bring what it said along, for `cells_of`. No query of its own."""
    said = ConsentState.objects.filter(contact=OuterRef("pk"))
    row = JSONObject(code="purpose__code", state="state", since="since")
    return contacts.annotate(consent_answers=ArraySubquery(said.values(row=row)))


def cells_of(contact: Contact, codes: Sequence[str]) -> list[str]:
    """Return what a contact said to these purposes, and when: "yes", "no" or nothing."""
    said = {one["code"]: one for one in contact.consent_answers}  # type: ignore[attr-defined]
    cells: list[str] = []
    for code in codes:
        one = said.get(code)
        cells += ["yes" if one["state"] == Act.GIVEN else "no", _instant(one["since"])] if one else ["", ""]
    return cells


def _instant(value: str) -> str:
    return datetime.fromisoformat(value).astimezone(UTC).isoformat(timespec="microseconds")
