"""Proposals and the history of a company's values in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contacts.models import Company
from enrichment.proofs.describing import confidence_words, source_words
from enrichment.proofs.models import Cause, Proposal, Revision
from enrichment.proofs.policy import FIELDS
from enrichment.proofs.undoing import Undone, standing_fields
from enrichment.wording import HIDDEN_FIELDS, Row, field_label, value_words
from prm.web.figures import figure


@dataclass(frozen=True)
class Offer:
    """A proposal as people read it: what is held, what the source says, and who says so how surely."""

    proposal: Proposal
    label: str
    ours: str
    theirs: str
    source: str
    confidence: str


@dataclass(frozen=True)
class Entry:
    """One enrichment of the history: who or what, and its changes; `standing`: how many of them can be put back."""

    revision: Revision
    title: str
    source: str
    rows: list[Row]
    standing: int


def offer_of(proposal: Proposal) -> Offer:
    """Put a proposal into words."""
    return Offer(
        proposal,
        field_label(proposal.field),
        values_words(proposal.ours),
        values_words(proposal.values),
        source_words(proposal.stamp),
        confidence_words(proposal.stamp),
    )


def values_words(values: Mapping[str, Any]) -> str:
    """Say the values of a group of fields on one line; an activity with its code."""
    town = " ".join(str(values[name]) for name in ("postcode", "city") if values.get(name))
    if "address" in values or town:
        return ", ".join(part for part in (str(values.get("address") or ""), town) if part)
    said = [
        f"{value_words(name, value)} ({value})" if name in {"naf_code", "naf2025_code"} else value_words(name, value)
        for name, value in values.items()
        if name not in HIDDEN_FIELDS and value not in (None, "")
    ]
    return ", ".join(said)


def entry_of(revision: Revision, company: Company) -> Entry:
    """Put an enrichment of a company into words."""
    rows = [
        Row(name, field_label(name), *(value_words(name, value) for value in revision.changes[name]))
        for name in sorted(revision.changes, key=_place)
        if name not in HIDDEN_FIELDS
    ]
    title = {
        Cause.ANSWER: _("Answer of the source"),
        Cause.CHOICE: _("Chosen among candidates"),
        Cause.PROPOSAL: _("Proposal accepted"),
        Cause.FILE: _("File"),
    }[Cause(revision.cause)]
    return Entry(revision, title, source_words(revision.stamp), rows, len(standing_fields(revision, company)))


def undone_words(undone: Undone) -> str:
    """Say what an undoing put back, and what stays because it was changed since."""
    if not undone.kept:
        return _("%(company)s is as it was before.") % {"company": undone.company}
    labels = [field_label(name) for name in sorted(undone.kept, key=_place) if name not in HIDDEN_FIELDS]
    text = ngettext(
        "%(n)s value of %(company)s was put back. What was changed since stays: %(fields)s.",
        "%(n)s values of %(company)s were put back. What was changed since stays: %(fields)s.",
        len(undone.back),
    )
    return text % {"n": figure(len(undone.back)), "company": undone.company, "fields": ", ".join(labels)}


def _place(name: str) -> int:
    return FIELDS.index(name) if name in FIELDS else len(FIELDS)
