"""What is known of companies and people: by field, since when, from which source, with and without enrichment."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.template.defaultfilters import capfirst
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contacts.fields.models import Subject
from contacts.fields.queries import list_fields
from enrichment.wording import field_label
from prm.organisations.models import Organisation
from prm.web.marks import PROVENANCE_WORDS, provenance_kind
from prm.work.remembering import Remembered, remembered
from prm.work.sql import fetch

# By what these figures are kept (prm/work/remembering.py).
FIGURES = "enrichment.coverage"
TOTAL = "total"
CUSTOM = "custom."
MONTHS_SHOWN = 12
# Kinds of sources that are no person, no file of people and no program of the organisation.
ENRICHED = frozenset({"sirene", "partner", "inferred"})

COMPANY_FIELDS = (
    *("siren", "naf_code", "naf2025_code", "headcount_band", "legal_form", "category", "city", "founded_on", "domain"),
)
CONTACT_FIELDS = (
    *("email", "phone", "name", "job_title", "company"),
    *("company.siren", "company.naf_code", "company.headcount_band", "company.city"),
)
_LABELS: dict[str, str | Promise] = {
    "city": gettext_lazy("Place"),
    "email": gettext_lazy("E-mail"),
    "phone": gettext_lazy("Telephone"),
    "name": gettext_lazy("First and last name"),
    "job_title": gettext_lazy("Job title"),
    "company": gettext_lazy("Company"),
    "company.siren": gettext_lazy("SIREN of the company"),
    "company.naf_code": gettext_lazy("Activity of the company"),
    "company.headcount_band": gettext_lazy("Headcount of the company"),
    "company.city": gettext_lazy("Place of the company"),
}


@dataclass(frozen=True)
class Cell:
    """How many have a field known from a source since a month ("2026-11")."""

    field: str
    source: str
    month: str
    number: int

    @property
    def is_enriched(self) -> bool:
        """Tell whether enrichment brought it."""
        return provenance_kind(self.source) in ENRICHED


@dataclass(frozen=True)
class Figures:
    """What is counted over everybody: cells of companies and of people."""

    companies: tuple[Cell, ...]
    contacts: tuple[Cell, ...]


@dataclass(frozen=True)
class Share:
    """How many of how many."""

    number: int
    total: int

    @property
    def percent(self) -> float:
        """In percent; 0 of nothing."""
        return 100 * self.number / self.total if self.total else 0.0


@dataclass(frozen=True)
class Origin:
    """How many values of a field are from one source."""

    words: str
    number: int
    is_enriched: bool


@dataclass(frozen=True)
class FieldCoverage:
    """One field: known now, at the beginning of the period, and without enrichment; the latter by source."""

    field: str
    label: str
    now: Share
    before: Share
    without: Share
    origins: tuple[Origin, ...]

    @property
    def gained(self) -> float:
        """Points of percent since the beginning of the period."""
        return self.now.percent - self.before.percent

    @property
    def brought(self) -> float:
        """Points of percent that enrichment brought."""
        return self.now.percent - self.without.percent


@dataclass(frozen=True)
class History:
    """One field month by month: the share known, and known without enrichment, in percent (None before anybody)."""

    months: tuple[str, ...]
    known: tuple[float | None, ...]
    without: tuple[float | None, ...]


def get_figures(organisation: Organisation) -> Remembered[Figures]:
    """Return what is counted over everybody: as it is now, or kept for a while where that is slow. Two statements."""
    return remembered(organisation, FIGURES, lambda: measure_coverage(organisation))


def measure_coverage(organisation: Organisation) -> Figures:
    """Work out what `get_figures` remembers. Two statements."""
    params = {"organisation_id": organisation.pk}
    companies = fetch("enrichment/count_company_coverage", params)
    contacts = fetch("enrichment/count_contact_coverage", params)
    return Figures(tuple(Cell(*row) for row in companies), tuple(Cell(*row) for row in contacts))


def list_months(number: int = MONTHS_SHOWN, today: date | None = None) -> list[str]:
    """Return the last months, this one included, the oldest first."""
    day = today or timezone.localdate()
    first = day.year * 12 + day.month - number
    return [f"{month // 12:04}-{month % 12 + 1:02}" for month in range(first, first + number)]


def cover(cells: Sequence[Cell], fields: Sequence[str], labels: Mapping[str, str], since: str) -> list[FieldCoverage]:
    """Return the coverage of these fields; the period begins with the month `since`."""
    by_field: dict[str, list[Cell]] = defaultdict(list)
    for cell in cells:
        by_field[cell.field].append(cell)
    all_now = sum(cell.number for cell in by_field[TOTAL])
    all_before = sum(cell.number for cell in by_field[TOTAL] if cell.month < since)
    return [
        FieldCoverage(
            field,
            labels.get(field, field),
            Share(sum(cell.number for cell in by_field[field]), all_now),
            Share(sum(cell.number for cell in by_field[field] if cell.month < since), all_before),
            Share(sum(cell.number for cell in by_field[field] if not cell.is_enriched), all_now),
            _origins(by_field[field]),
        )
        for field in fields
    ]


def history_of(cells: Sequence[Cell], field: str, months: Sequence[str]) -> History:
    """Return how the share of a field grew, month by month: as of the end of each."""
    known, without = [], []
    for month in months:
        total = sum(cell.number for cell in cells if cell.field == TOTAL and cell.month <= month)
        some = [cell for cell in cells if cell.field == field and cell.month <= month]
        known.append(Share(sum(cell.number for cell in some), total).percent if total else None)
        bare = sum(cell.number for cell in some if not cell.is_enriched)
        without.append(Share(bare, total).percent if total else None)
    return History(tuple(months), tuple(known), tuple(without))


def company_fields(organisation: Organisation, figures: Figures) -> dict[str, str]:
    """Return the fields of companies with their labels, those of our own that have values after the others."""
    found = {field: _label(field) for field in COMPANY_FIELDS}
    used = {cell.field for cell in figures.companies}
    for own in list_fields(organisation, Subject.COMPANY):
        if CUSTOM + own.key in used:
            found[CUSTOM + own.key] = own.label
    return found


def contact_fields() -> dict[str, str]:
    """Return the fields of people with their labels."""
    return {field: _label(field) for field in CONTACT_FIELDS}


def source_words(source: str) -> str:
    """Say where values are from: "SIRENE", "partner: altares"."""
    kind, _colon, name = source.partition(":")
    words = str(PROVENANCE_WORDS[provenance_kind(source)])
    return capfirst(_("partner %(name)s") % {"name": name.replace("-", " ")} if kind == "partner" and name else words)


def _origins(cells: Sequence[Cell]) -> tuple[Origin, ...]:
    numbers: dict[str, int] = defaultdict(int)
    enriched: dict[str, bool] = {}
    for cell in cells:
        words = source_words(cell.source)
        numbers[words] += cell.number
        enriched[words] = cell.is_enriched
    return tuple(
        Origin(words, number, enriched[words]) for words, number in sorted(numbers.items(), key=lambda one: -one[1])
    )


def _label(field: str) -> str:
    label: Any = _LABELS.get(field)
    return str(label) if label else field_label(field)
