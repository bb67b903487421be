"""Reads of surveys: the list, one survey's results, what people say of a touchpoint in figures and words."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Avg, Count, Max, Q, QuerySet
from django.utils import timezone

from prm.organisations.models import Organisation
from prm.work.errors import NotFound
from touchpoints.models import Touchpoint
from touchpoints.surveys.figures import WINDOW_DAYS, Results, is_delight, is_irritant
from touchpoints.surveys.models import Answer, Scale, Survey

# What a touchpoint's page quotes of each kind.
QUOTES = 4


@dataclass(frozen=True)
class Row:
    """A survey with what it came to, all its time."""

    survey: Survey
    answers: int
    mean: float | None
    last_at: datetime | None


@dataclass(frozen=True)
class Voices:
    """What people say of a touchpoint since a moment: figures by scale, and the newest words of each kind."""

    surveys: Sequence[Survey]
    results: Sequence[Results]
    delights: Sequence[Answer]
    irritants: Sequence[Answer]
    # Answers on both scales together.
    total: int


def list_surveys(organisation: Organisation) -> list[Row]:
    """Return all surveys: open ones first, the newest first. Two queries; there are some tens."""
    found = Survey.objects.filter(organisation=organisation).select_related("touchpoint")
    counted = {
        row["survey"]: row
        for row in Answer.objects.filter(organisation=organisation)
        .values("survey")
        .annotate(n=Count("pk"), mean=Avg("score"), last=Max("answered_at"))
    }
    rows = [
        Row(one, told["n"], told["mean"], told["last"]) if (told := counted.get(one.pk)) else Row(one, 0, None, None)
        for one in found
    ]
    return sorted(rows, key=lambda row: (not row.survey.is_open, -row.survey.pk))


def get_survey(organisation: Organisation, survey_id: int) -> Survey:
    """Return one survey with its touchpoint; raises NotFound. One query."""
    found: Survey | None = (
        Survey.objects.filter(organisation=organisation).select_related("touchpoint").filter(pk=survey_id).first()
    )
    if found is None:
        raise NotFound
    return found


def find_by_key(organisation: Organisation, key: str) -> Survey | None:
    """Return the survey of a public address, of a touchpoint in use. One query."""
    found = Survey.objects.filter(organisation=organisation, key=key).select_related("touchpoint")
    survey: Survey | None = found.first()
    return survey


def count_scores(answers: QuerySet[Answer], surveys: Iterable[Survey]) -> list[Results]:
    """Return how often each score was given, by scale; scales nobody answered on are left out. One query.

    Read off an index: 200,000 answers take some tens of milliseconds.
    """
    scales = {one.pk: one.scale for one in surveys}
    counts: dict[str, Counter[int]] = {}
    for survey_id, score, count in answers.values_list("survey_id", "score").annotate(n=Count("pk")).order_by():
        counts.setdefault(scales[survey_id], Counter())[score] += count
    return [Results(scale, counts[scale]) for scale in Scale if scale in counts]


def hear(organisation: Organisation, touchpoint: Touchpoint) -> Voices:
    """Return what people said of a touchpoint in WINDOW_DAYS. Four queries."""
    surveys = list(Survey.objects.filter(organisation=organisation, touchpoint=touchpoint).order_by("-pk"))
    if not surveys:
        return Voices([], [], [], [], 0)
    recent = Answer.objects.filter(
        organisation=organisation,
        touchpoint=touchpoint,
        answered_at__gt=timezone.now() - timedelta(days=WINDOW_DAYS),
    )
    results = count_scores(recent, surveys)
    worded = recent.exclude(words="").select_related("contact").order_by("-answered_at", "-pk")
    return Voices(
        surveys,
        results,
        list(worded.filter(_of_kind(surveys, is_delight))[:QUOTES]),
        list(worded.filter(_of_kind(surveys, is_irritant))[:QUOTES]),
        sum(one.total for one in results),
    )


def list_answers(survey: Survey, *, kind: str = "", with_words: bool = True) -> QuerySet[Answer]:
    """Return a survey's answers to paginate, newest first; `kind` is "delights" or "irritants", empty: all."""
    found = Answer.objects.filter(organisation_id=survey.organisation_id, survey=survey)
    if with_words:
        found = found.exclude(words="").select_related("contact")
    wanted = {"delights": is_delight, "irritants": is_irritant}.get(kind)
    return found.filter(_of_kind([survey], wanted)) if wanted else found


def _of_kind(surveys: Iterable[Survey], is_kind: Callable[[str, int], bool]) -> Q:
    """Return the condition of answers of a kind; named by survey and score, so that no table is joined for it."""
    found = Q(pk__in=[])
    for survey in surveys:
        found |= Q(survey=survey.pk, score__in=[score for score in survey.scores if is_kind(survey.scale, score)])
    return found
