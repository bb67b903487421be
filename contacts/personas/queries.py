"""Reads for pages and the API of personas: who fits, how they convert, how personas overlap."""

from dataclasses import dataclass
from math import sqrt

from django.db.models import QuerySet

from contacts.models import Contact
from contacts.personas.models import Persona
from contacts.segments.models import Segment, SegmentMember
from prm.organisations.links import org_reverse
from prm.organisations.models import Organisation
from prm.work.errors import NotFound
from prm.work.remembering import Remembered, remembered
from prm.work.sql import fetch

# Of fewer people a rate says nothing: one more or less would change it by several points.
FLOOR = 30
_Z = 1.96
EVERYBODY = 0


@dataclass(frozen=True)
class Step:
    """How many of `number` people took a step; the rate in percent with the ends of its 95 % interval."""

    number: int
    reached: int

    @property
    def is_known(self) -> bool:
        """Tell whether there are enough to conclude anything."""
        return self.number >= FLOOR

    @property
    def percent(self) -> float:
        """The rate; only where it is known."""
        return 100 * self.reached / self.number if self.number else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Ends of Wilson's interval of 95 %, in percent."""
        if not self.number:
            return 0.0, 100.0
        share, spread = self.reached / self.number, _Z * _Z / self.number
        middle = (share + spread / 2) / (1 + spread)
        half = _Z * sqrt(share * (1 - share) / self.number + spread / self.number / 4) / (1 + spread)
        return 100 * max(middle - half, 0.0), 100 * min(middle + half, 1.0)


@dataclass(frozen=True)
class Conversion:
    """How far people came: of those who came in, those who became prospects, MQLs and customers."""

    suspects: int = 0
    prospects: int = 0
    mqls: int = 0
    customers: int = 0

    @property
    def steps(self) -> tuple[Step, Step, Step]:
        """From suspect to prospect, from prospect to MQL, from MQL to customer."""
        return Step(self.suspects, self.prospects), Step(self.prospects, self.mqls), Step(self.mqls, self.customers)


@dataclass(frozen=True)
class Figures:
    """What is worked out over everybody: conversions by persona (EVERYBODY: the base), and people in two of them."""

    conversions: dict[int, Conversion]
    overlaps: dict[tuple[int, int], int]

    def conversion(self, persona_id: int) -> Conversion:
        """Return how the people of a persona convert."""
        return self.conversions.get(persona_id, Conversion())

    def overlap(self, one: int, other: int) -> int:
        """Return how many fit both."""
        return self.overlaps.get((min(one, other), max(one, other)), 0)


@dataclass(frozen=True)
class Shared:
    """One cell of the matrix: how many of a persona fit another one too; `is_self`: the diagonal."""

    number: int
    percent: float
    is_self: bool = False


def list_personas(organisation: Organisation) -> QuerySet[Persona]:
    """Return the personas with their segments, in the organisation's order."""
    found = Persona.objects.filter(organisation=organisation).select_related("segment")
    return found.order_by("position", "pk")


def get_persona(organisation: Organisation, persona_id: int) -> Persona:
    """Return one persona with its segment, or raise NotFound."""
    persona: Persona | None = list_personas(organisation).filter(pk=persona_id).first()
    if persona is None:
        raise NotFound
    return persona


def get_figures(organisation: Organisation) -> Remembered[Figures]:
    """Return what is worked out over everybody; kept for a while where that is slow. Two queries."""
    return remembered(organisation, "personas", lambda: _figures(organisation))


def _figures(organisation: Organisation) -> Figures:
    params = {"organisation_id": organisation.pk}
    conversions = {row[0]: Conversion(*row[1:]) for row in fetch("contacts/count_persona_stages", params)}
    overlaps = {(row[0], row[1]): row[2] for row in fetch("contacts/count_persona_overlap", params)}
    return Figures(conversions, overlaps)


def matrix_of(personas: list[Persona], figures: Figures) -> list[tuple[Persona, list[Shared]]]:
    """Return, for each persona, how many of its people fit each of the others."""
    return [(row, [_shared(row, column, figures) for column in personas]) for row in personas]


def _shared(row: Persona, column: Persona, figures: Figures) -> Shared:
    if row.pk == column.pk:
        return Shared(row.segment.size, 100.0, is_self=True)
    number = figures.overlap(row.pk, column.pk)
    return Shared(number, 100 * number / row.segment.size if row.segment.size else 0.0)


def list_people(persona: Persona) -> QuerySet[Contact]:
    """Return who fits a persona now, with company and standing, to be ordered and paged."""
    now = SegmentMember.objects.filter(segment=persona.segment_id, left_at__isnull=True).values("contact_id")
    found = Contact.objects.filter(organisation=persona.organisation_id, pk__in=now)
    return found.select_related("company", "standing")


def list_personas_of(organisation: Organisation, contact: Contact) -> list[Persona]:
    """Return the personas a person fits, in the organisation's order: the first is theirs. One query."""
    stays = SegmentMember.objects.filter(contact=contact, left_at__isnull=True).values("segment_id")
    return list(list_personas(organisation).filter(segment__in=stays))


def persona_address(segment: Segment) -> str:
    """Return the page of the persona a segment belongs to; empty for any other segment. One query."""
    persona = Persona.objects.filter(segment=segment).first()
    return org_reverse(segment.organisation, "personas:persona_detail", persona.pk) if persona else ""
