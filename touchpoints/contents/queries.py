"""Reads of contents for pages: the library, the grid of what is missing, one content and its readers."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, F, FloatField, Func, Max, OuterRef, Q, QuerySet, Sum, TextField
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext as _

from contacts.models import Contact
from contacts.searching import holding
from prm.organisations.models import Organisation
from prm.web.pagination import Key, Page, paginate
from prm.work.errors import NotFound
from touchpoints.contents.figures import Effect, Readings, Ways, effect_of
from touchpoints.contents.models import Content, Reading, Served
from touchpoints.interests.models import Theme

PAGE_SIZE = 50
READERS_SIZE = 25
SORTS = ("title", "kind", "theme", "stage", "readers", "time", "share", "changed")
_FIGURE_SORTS = {"readers", "time", "share"}
_NAMES = {"title": "title", "theme": "theme__name"}


@dataclass(frozen=True)
class Filters:
    """What narrows the library; empty values narrow nothing."""

    search: str = ""
    kind: str = ""
    theme_id: int | None = None
    stage: str = ""
    language: str = ""
    owner_id: int | None = None
    # "gated" or "open".
    gate: str = ""
    is_archived: bool = False


@dataclass(frozen=True)
class Row:
    """A content of the library with its figures."""

    content: Content
    readings: Readings
    effect: Effect


def list_contents(organisation: Organisation, filters: Filters) -> QuerySet[Content]:
    """Return the contents asked for, with what a list shows of them."""
    found = find_named(organisation, filters.search).filter(archived_at__isnull=not filters.is_archived)
    equal = {
        "kind": filters.kind,
        "theme_id": filters.theme_id,
        "stage": filters.stage,
        "language": filters.language,
        "owner_id": filters.owner_id,
    }
    found = found.filter(**{name: value for name, value in equal.items() if value})
    if filters.gate:
        found = found.filter(form__isnull=filters.gate == "open")
    return found.select_related("theme", "owner", "form")


def find_named(organisation: Organisation, search: str) -> QuerySet[Content]:
    """Return the contents whose title or summary holds this, accents and case ignored; all of them for nothing."""
    everything = Content.objects.filter(organisation=organisation)
    if not search:
        return everything
    return holding(everything, search, "title", "summary")


def page_of_contents(
    organisation: Organisation,
    filters: Filters,
    *,
    sort: str,
    cursor: str | None,
    readings: Mapping[int, Readings],
    ways: Ways,
) -> Page[Content]:
    """Return a page of the library in an order of SORTS, "-" before it for the contrary. One query."""
    name, descending = sort.removeprefix("-"), sort.startswith("-")
    found = list_contents(organisation, filters)
    if name in _FIGURE_SORTS:
        found = found.annotate(figure=_figures_of(name, readings, ways))
    elif name in _NAMES:
        # As people sort names: whatever the case and the accents.
        found = found.annotate(figure=Func(F(_NAMES[name]), function="contacts_fold", output_field=TextField()))
    column = {"changed": "updated_at"}.get(name, "figure" if name in _FIGURE_SORTS | _NAMES.keys() else name)
    return paginate(found, (Key(column, descending), Key("pk", descending)), cursor=cursor, size=PAGE_SIZE)


def _figures_of(name: str, readings: Mapping[int, Readings], ways: Ways) -> RawSQL:
    """Return the figure of each content as a column: worked out already, so it is given as a value."""
    if name == "share":
        values = {pk: Effect(place, ways).share for pk, place in ways.places.items()}
    else:
        values = {
            pk: float(one.readers if name == "readers" else one.median_seconds or 0) for pk, one in readings.items()
        }
    # A constant object of the code's own figures, looked up by the row's id.
    return RawSQL(
        "coalesce((%s::jsonb ->> contents_content.id::text)::float8, 0)",
        [json.dumps(values)],
        output_field=FloatField(),
    )


def rows_of(page: Sequence[Content], readings: Mapping[int, Readings], ways: Ways) -> list[Row]:
    """Return contents with their figures."""
    return [Row(one, readings.get(one.pk, Readings()), effect_of(ways, one)) for one in page]


def get_content(organisation: Organisation, content_id: int) -> Content:
    """Return a content, put away or not; raise NotFound. One query."""
    contents = Content.objects.filter(organisation=organisation)
    found = contents.select_related("theme", "owner", "form", "touchpoint").filter(pk=content_id).first()
    if found is None:
        raise NotFound
    return found


# --- What is missing ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Cell:
    """How many contents there are of a theme for a stage."""

    theme: Theme
    stage: Served
    number: int
    # How many readers they had together.
    readers: int = 0

    @property
    def is_hole(self) -> bool:
        """Tell whether there is none."""
        return self.number == 0


@dataclass(frozen=True)
class Line:
    """A theme with a cell for each stage."""

    theme: Theme
    cells: Sequence[Cell]

    @property
    def holes(self) -> int:
        """How many stages have no content."""
        return sum(cell.is_hole for cell in self.cells)


@dataclass(frozen=True)
class Coverage:
    """The grid of themes and stages, in one language or in all."""

    lines: Sequence[Line]
    stages: Sequence[Served]

    @property
    def holes(self) -> int:
        """How many cells are empty."""
        return sum(line.holes for line in self.lines)

    @property
    def cells(self) -> int:
        """How many cells there are."""
        return sum(len(line.cells) for line in self.lines)


def get_coverage(organisation: Organisation, readings: Mapping[int, Readings], *, language: str = "") -> Coverage:
    """Return how many contents there are by theme and stage. Two queries."""
    contents = Content.objects.filter(organisation=organisation, archived_at=None)
    if language:
        contents = contents.filter(language=language)
    numbers: dict[tuple[int, str], list[int]] = {}
    for pk, theme_id, stage in contents.values_list("pk", "theme_id", "stage"):
        numbers.setdefault((theme_id, stage), []).append(pk)
    stages = list(Served)
    lines = [
        Line(
            theme,
            [
                Cell(
                    theme,
                    stage,
                    len(ids := numbers.get((theme.pk, stage.value), [])),
                    sum(readings[pk].readers for pk in ids if pk in readings),
                )
                for stage in stages
            ],
        )
        for theme in Theme.objects.filter(organisation=organisation).order_by("name", "pk")
    ]
    return Coverage(lines, stages)


def holds_theme(organisation: Organisation, theme: Theme) -> str:
    """Say why a theme cannot go: contents are of it."""
    number = Content.objects.filter(organisation=organisation, theme=theme).count()
    if not number:
        return ""
    return _("“%(theme)s” is the theme of %(n)s contents, those put away among them: give them another one first.") % {
        "theme": theme.name,
        "n": number,
    }


# --- Readers -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ReaderRow:
    """A contact who read a content: when last, how often, and for how long together where that was seen."""

    contact: Contact
    last_at: datetime
    times: int
    seconds: int | None


def page_of_readers(content: Content, *, cursor: str | None) -> tuple[Page[Reading], list[ReaderRow]]:
    """Return a page of the contacts who read a content, the last one first. Two queries along two indexes."""
    known = Reading.objects.filter(content=content, contact__isnull=False)
    later = known.filter(contact=OuterRef("contact")).filter(
        Q(occurred_at__gt=OuterRef("occurred_at")) | Q(occurred_at=OuterRef("occurred_at"), pk__gt=OuterRef("pk"))
    )
    last = known.filter(~Exists(later)).select_related("contact__company")
    page = paginate(last, ("-occurred_at", "-pk"), cursor=cursor, size=READERS_SIZE)
    sums = known.filter(contact__in=[one.contact_id for one in page.items]).values("contact")
    spent = {row["contact"]: row for row in sums.annotate(times=Count("pk"), spent=Sum("seconds"))}
    rows = [
        ReaderRow(one.contact, one.occurred_at, spent[one.contact_id]["times"], spent[one.contact_id]["spent"])
        for one in page.items
        if one.contact is not None and one.contact_id in spent
    ]
    return page, rows


@dataclass(frozen=True)
class Read:
    """A content somebody read."""

    content: Content
    at: datetime
    seconds: int | None


def list_read(organisation: Organisation, contact: Contact, *, limit: int = 5) -> list[Read]:
    """Return what a contact read last: content, when, for how long. Two queries."""
    rows = (
        Reading.objects.filter(organisation=organisation, contact=contact)
        .values("content")
        .annotate(at=Max("occurred_at"), spent=Sum("seconds"))
        .order_by("-at")[:limit]
    )
    contents = Content.objects.select_related("theme").in_bulk([row["content"] for row in rows])
    return [Read(contents[row["content"]], row["at"], row["spent"]) for row in rows if row["content"] in contents]


def count_by_state(organisation: Organisation) -> dict[str, int]:
    """Return how many contents are in use and put away. One query."""
    rows = Content.objects.filter(organisation=organisation).aggregate(
        used=Count("pk", filter=Q(archived_at=None)), archived=Count("pk", filter=~Q(archived_at=None))
    )
    return {"used": int(rows["used"]), "archived": int(rows["archived"])}
