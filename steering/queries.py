"""What steering reads: the funnel, the activation rate, what sales answers, what needs somebody, how far one is."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from contacts.models import Stage
from prm.organisations.models import Organisation
from prm.work.remembering import Remembered, remembered
from prm.work.sql import fetch
from touchpoints.kinds import name_of
from touchpoints.models import InteractionKind
from touchpoints.ratings.quadrants import IRRITANT_IMPORTANCE, IRRITANT_QUALITY

# The period of the activation rate and of the tiles, in days.
PERIOD_DAYS = 30
# Points of the activation chart, a week apart.
WEEKS = 26
IMPORT_DAYS = 14
# What needs somebody, most pressing first.
PRESSING = ("waiting", "consumer", "action", "touchpoint", "import")


# The figures of the first page, to be remembered by.
HOME = "home"


@dataclass(frozen=True)
class FunnelStep:
    """A stage: how many are in it now, how many ever came so far, and the median time to the next stage."""

    stage: Stage
    stock: int
    reached: int
    seconds_to_next: float | None


@dataclass(frozen=True)
class Activation:
    """The activation rate at one moment: people in relation then, and those active in the period before."""

    at: datetime
    prospects: int
    active: int

    @property
    def ratio(self) -> float | None:
        """Share of the active, 0-1; None where there was nobody."""
        return self.active / self.prospects if self.prospects else None


@dataclass(frozen=True)
class Trend:
    """The activation rate week by week (the last one ends now), and a whole period before now."""

    weeks: tuple[Activation, ...]
    before: Activation

    @property
    def now(self) -> Activation:
        """The rate of the period that ends now."""
        return self.weeks[-1]

    @property
    def change_points(self) -> float | None:
        """Percentage points since one period ago; None where one of the two is unknown."""
        if self.now.ratio is None or self.before.ratio is None:
            return None
        return 100 * (self.now.ratio - self.before.ratio)


@dataclass(frozen=True)
class Answer:
    """How often sales answered so, and with which reason most of all."""

    status: str
    count: int
    share_ratio: float
    top_reason: str


@dataclass(frozen=True)
class Period:
    """The figures of the last period beside those of the one before."""

    new_prospects: int = 0
    new_prospects_before: int = 0
    waiting: int = 0
    late: int = 0
    answers: tuple[Answer, ...] = ()
    accepted_ratio: float | None = None
    accepted_ratio_before: float | None = None
    # The kinds of acts that count in the activation rate: code, and the name the organisation gave it.
    acts: tuple[tuple[str, str], ...] = ()

    @property
    def act_names(self) -> list[str]:
        """Names of the kinds that count, in the reader's language."""
        return sorted(name_of(InteractionKind(code=code, name=name)) for code, name in self.acts)

    @property
    def prospects_change_ratio(self) -> float | None:
        """Growth of new prospects, 0.11 for 11 percent; None where there were none before."""
        if not self.new_prospects_before:
            return None
        return self.new_prospects / self.new_prospects_before - 1

    @property
    def accepted_change_points(self) -> float | None:
        """Percentage points since the period before."""
        if self.accepted_ratio is None or self.accepted_ratio_before is None:
            return None
        return 100 * (self.accepted_ratio - self.accepted_ratio_before)


@dataclass(frozen=True)
class Concern:
    """Something that needs somebody; `what` is one of PRESSING ("waiting": the handoffs that are late)."""

    what: str
    id: int | None
    label: str
    count: int
    at: datetime | None


@dataclass(frozen=True)
class Progress:
    """How far an organisation is with the method; the fields of read_progress.sql."""

    listed: int
    rated: int
    moments: int
    entries: int
    has_contacts: bool
    has_interactions: bool
    has_enriched: bool
    has_model: bool
    has_scenario: bool
    has_sales: bool
    has_handoff: bool
    has_answer: bool


@dataclass(frozen=True)
class Day:
    """What is quick to read and always live: the period's figures, and what needs somebody, most pressing first."""

    period: Period
    concerns: tuple[Concern, ...]


@dataclass(frozen=True)
class Figures:
    """What the charts show: figures over the whole base."""

    funnel: tuple[FunnelStep, ...]
    trend: Trend

    @property
    def is_empty(self) -> bool:
        """Tell whether there is nobody in the base yet."""
        return self.funnel[0].reached == 0


def get_figures(organisation: Organisation) -> Remembered[Figures]:
    """Return funnel and activation. Two statements, or none where they are slow and known for a while."""
    return remembered(organisation, HOME, lambda: measure_figures(organisation))


def measure_figures(organisation: Organisation) -> Figures:
    """Work out funnel and activation. Two statements."""
    return Figures(measure_funnel(organisation), measure_trend(organisation, timezone.now()))


def measure_funnel(organisation: Organisation) -> tuple[FunnelStep, ...]:
    """Return the five stages from suspect to customer."""
    rows = fetch("steering/measure_funnel", {"organisation_id": organisation.pk})
    return tuple(FunnelStep(Stage(stage), stock, reached, seconds) for stage, stock, reached, seconds in rows)


def measure_trend(organisation: Organisation, now: datetime) -> Trend:
    """Return the activation rate of WEEKS weeks and of a period ago, in one statement."""
    weeks = [now - timedelta(weeks=WEEKS - 1 - number) for number in range(WEEKS)]
    before = now - timedelta(days=PERIOD_DAYS)
    measured = {one.at: one for one in measure_activation(organisation, sorted({*weeks, before}))}
    return Trend(tuple(measured[at] for at in weeks), measured[before])


def measure_activation(
    organisation: Organisation, ends: Sequence[datetime], *, days: int = PERIOD_DAYS
) -> list[Activation]:
    """Return the activation rate of the `days` before each of these moments, which are given oldest first."""
    rows = fetch("steering/measure_activation", {"organisation_id": organisation.pk, "ends": list(ends), "days": days})
    return [Activation(ends[n - 1], prospects, active) for n, prospects, active in rows]


def measure_day(organisation: Organisation, now: datetime) -> Day:
    """Return the period's figures and what needs somebody. One statement."""
    rows = fetch(
        "steering/measure_day",
        {
            "organisation_id": organisation.pk,
            "now": now,
            "days": PERIOD_DAYS,
            "import_days": IMPORT_DAYS,
            "irritant_importance": IRRITANT_IMPORTANCE,
            "irritant_quality": IRRITANT_QUALITY,
            "today": timezone.localdate(now),
        },
    )
    facts = [_Fact(*row) for row in rows]
    return Day(_period(facts), tuple(_concerns(facts)))


def get_progress(organisation: Organisation) -> Progress:
    """Return how far the organisation is with the four steps. One statement."""
    return Progress(*fetch("steering/read_progress", {"organisation_id": organisation.pk})[0])


@dataclass(frozen=True)
class _Fact:
    """A row of measure_day.sql."""

    what: str
    id: int | None
    code: str
    label: str
    is_recent: bool
    n: int
    at: datetime | None


def _period(facts: Sequence[_Fact]) -> Period:
    count: Counter[tuple[str, bool]] = Counter()
    answers: dict[bool, Counter[str]] = {True: Counter(), False: Counter()}
    reasons: dict[str, Counter[str]] = {}
    for fact in facts:
        count[fact.what, fact.is_recent] += fact.n
        if fact.what == "answer":
            answers[fact.is_recent][fact.code] += fact.n
            if fact.is_recent and fact.label:
                reasons.setdefault(fact.code, Counter())[fact.label] += fact.n
    return Period(
        new_prospects=count["prospect", True],
        new_prospects_before=count["prospect", False],
        waiting=count["waiting", True] + count["waiting", False],
        late=count["waiting", False],
        answers=_answers(answers[True], reasons),
        accepted_ratio=_share(answers[True]),
        accepted_ratio_before=_share(answers[False]),
        acts=tuple((fact.code, fact.label) for fact in facts if fact.what == "kind"),
    )


def _concerns(facts: Sequence[_Fact]) -> Iterator[Concern]:
    """Yield what needs somebody, most pressing first."""
    for what in PRESSING:
        for fact in facts:
            if fact.what == what and not (what == "waiting" and fact.is_recent):
                yield Concern(what, fact.id, fact.label or fact.code, fact.n, fact.at)


def _answers(counts: Counter[str], reasons: dict[str, Counter[str]]) -> tuple[Answer, ...]:
    total = counts.total()
    found = []
    for status in ("accepted", "recycled", "rejected"):
        if total:
            top = sorted(reasons.get(status, Counter()).items(), key=lambda one: (-one[1], one[0]))
            found.append(Answer(status, counts[status], counts[status] / total, top[0][0] if top else ""))
    return tuple(found)


def _share(counts: Counter[str]) -> float | None:
    return counts["accepted"] / counts.total() if counts else None
