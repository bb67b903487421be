"""Reads of landing pages for members: the list with its figures, one page, its tests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, QuerySet, Sum
from django.utils import timezone

from contacts.personas.queries import Step
from contacts.searching import holding
from prm.organisations.models import Organisation
from prm.work.errors import NotFound
from touchpoints.landing_pages.document import Document, read_document, write_document
from touchpoints.landing_pages.judging import Arm, Judgement, judge
from touchpoints.landing_pages.models import LandingPage, PageDay, PageStatus, PageTest, PageVariant
from touchpoints.lead_forms.models import FormStatus, LeadForm

# What "lately" means of pages.
PERIOD_DAYS = 90
MOST_TESTS = 12


@dataclass(frozen=True)
class Figures:
    """How a page did in the period."""

    views: int = 0
    sent: int = 0

    @property
    def step(self) -> Step:
        """The rate with its interval."""
        return Step(self.views, min(self.sent, self.views))

    @property
    def ratio(self) -> float | None:
        """Share of those who saw it and sent a form; None while nobody saw it."""
        return min(self.sent / self.views, 1.0) if self.views else None


@dataclass(frozen=True)
class Row:
    """A page of the list."""

    page: LandingPage
    figures: Figures
    is_tested: bool


@dataclass(frozen=True)
class Pages:
    """The pages asked for; beside them how many there are of each state, filters or not ("archived" among them)."""

    rows: list[Row]
    counts: Mapping[str, int]

    @property
    def total(self) -> int:
        """How many there are that are not put away."""
        return sum(number for state, number in self.counts.items() if state != "archived")


def list_pages(organisation: Organisation, *, search: str = "", state: str = "") -> Pages:
    """Return the pages, the newest change first. Four queries."""
    everything = LandingPage.objects.filter(organisation=organisation)
    in_use = everything.filter(archived_at=None).values_list("status").annotate(number=Count("pk")).order_by()
    counts = dict(in_use)
    if state == "archived":
        counts["archived"] = everything.exclude(archived_at=None).count()
    found = find_named(organisation, search).filter(archived_at__isnull=state != "archived")
    found = found.select_related("touchpoint")
    if state in PageStatus.values:
        found = found.filter(status=state)
    figures = measure_pages(organisation)
    tested = set(PageTest.objects.filter(organisation=organisation, ended_at=None).values_list("page", flat=True))
    rows = [Row(one, figures.get(one.pk, Figures()), one.pk in tested) for one in found.order_by("-updated_at", "-pk")]
    return Pages(rows, counts)


def find_named(organisation: Organisation, search: str) -> QuerySet[LandingPage]:
    """Return the pages whose name or address holds this, accents and case ignored; all of them for nothing."""
    everything = LandingPage.objects.filter(organisation=organisation)
    if not search:
        return everything
    return holding(everything, search, "name", "slug")


def measure_pages(organisation: Organisation, page: LandingPage | None = None) -> dict[int, Figures]:
    """Return how pages did in the period, by id. One query over a few rows a day."""
    since = timezone.localdate() - timedelta(days=PERIOD_DAYS)
    days = PageDay.objects.filter(organisation=organisation, day__gt=since)
    if page is not None:
        days = days.filter(page=page)
    rows = days.values_list("page").annotate(views=Sum("views"), sent=Sum("sent")).order_by()
    return {page_id: Figures(views, sent) for page_id, views, sent in rows}


def get_page(organisation: Organisation, page_id: int) -> LandingPage:
    """Return one page, put away or not; raise NotFound. One query."""
    found: LandingPage | None = (
        LandingPage.objects.filter(organisation=organisation).select_related("touchpoint").filter(pk=page_id).first()
    )
    if found is None:
        raise NotFound
    return found


def list_variants(page: LandingPage) -> list[PageVariant]:
    """Return the variants of a page that were not taken away, with what is published of them. One query."""
    found = PageVariant.objects.filter(page=page, removed_at=None).select_related("version")
    return list(found.order_by("letter"))


def find_variant(variants: Sequence[PageVariant], letter: str) -> PageVariant:
    """Return the variant with this letter, else the first; raise NotFound for none at all."""
    if not variants:
        raise NotFound
    return next((one for one in variants if one.letter == letter), variants[0])


def is_changed(variants: Sequence[PageVariant]) -> bool:
    """Tell whether drafts or shares say something else than what is published."""
    return any(
        one.share != (one.live_share or 0)
        or (one.share > 0 and (one.version is None or one.version.document != _as_stored(one)))
        for one in variants
    )


def _as_stored(variant: PageVariant) -> object:
    return write_document(read_document(variant.draft))


def list_forms(organisation: Organisation, document: Document) -> list[LeadForm]:
    """Return the forms that can stand on a page: those that are live, and those that stand on it. One query."""
    forms = LeadForm.objects.filter(organisation=organisation)
    live = forms.filter(status=FormStatus.LIVE, archived_at=None)
    return list((live | forms.filter(pk__in=document.form_ids)).order_by("name"))


def list_originals(organisation: Organisation, page: LandingPage) -> list[LandingPage]:
    """Return the pages that this one can be a translation of. One query."""
    found = LandingPage.objects.filter(organisation=organisation, original=None, archived_at=None).exclude(pk=page.pk)
    return list(found.order_by("name"))


def list_translations(organisation: Organisation, page: LandingPage) -> list[LandingPage]:
    """Return the other pages of a page's group. One query."""
    everything = LandingPage.objects.filter(organisation=organisation, archived_at=None)
    group = everything.filter(original=page.group_id) | everything.filter(pk=page.group_id)
    return list(group.exclude(pk=page.pk).order_by("language"))


@dataclass(frozen=True)
class Result:
    """A test with what it says."""

    test: PageTest
    judgement: Judgement


def list_results(organisation: Organisation, page: LandingPage) -> list[Result]:
    """Return the tests of a page, the latest first, with what they say. Three queries."""
    tests = list(
        PageTest.objects.filter(page=page).select_related("winner").order_by("-started_at", "-pk")[:MOST_TESTS]
    )
    rows = PageDay.objects.filter(organisation=organisation, test__in=tests).values_list("test", "variant")
    sums = {
        (test, variant): (views, sent)
        for test, variant, views, sent in rows.annotate(views=Sum("views"), sent=Sum("sent")).order_by()
    }
    variants = list(PageVariant.objects.filter(page=page).order_by("letter")) if tests else []
    return [Result(test, judge(list(_arms(test, variants, sums)))) for test in tests]


def _arms(
    test: PageTest, variants: Sequence[PageVariant], sums: Mapping[tuple[int, int], tuple[int, int]]
) -> list[Arm]:
    """Return the variants of a test: those it counted, and of one that runs those that people see."""
    arms = []
    for one in variants:
        counted = sums.get((test.pk, one.pk))
        if counted is not None or (test.ended_at is None and one.live_share):
            views, sent = counted or (0, 0)
            arms.append(Arm(one.pk, one.letter, one.live_share or 0, views, sent))
    return arms
