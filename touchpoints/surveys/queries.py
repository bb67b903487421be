"""Reads of surveys: the list, one survey's results, what people say of a touchpoint in figures and words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Avg, Count, Max, Q, QuerySet
from django.utils import timezone

from prm.organisations.models import Organisation
from prm.work.errors import NotFound
from touchpoints.models import Touchpoint
from touchpoints.surveys.figures import WINDOW_DAYS, Results
from touchpoints.surveys.models import Answer, Scale, Survey

# What a touchpoint's page quotes of each kind.
QUOTES = 4
# Scores that delight and that irritate (touchpoints.surveys.figures).
DELIGHTED = Q(survey__scale=Scale.SATISFACTION, score__gte=4) | Q(survey__scale=Scale.RECOMMENDATION, score__gte=9)
IRRITATED = Q(survey__scale=Scale.SATISFACTION, score__lte=2) | Q(survey__scale=Scale.RECOMMENDATION, score__lte=6)


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


def count_scores(answers: QuerySet[Answer]) -> list[Results]:
    """Return how often each score was given, by scale; scales nobody answered on are left out. One query."""
    counts: dict[str, dict[int, int]] = {}
    for scale, score, count in answers.values_list("survey__scale", "score").annotate(n=Count("pk")).order_by():
        counts.setdefault(scale, {})[score] = count
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
    results = count_scores(recent)
    worded = recent.exclude(words="").select_related("survey", "contact").order_by("-answered_at", "-pk")
    return Voices(
        surveys,
        results,
        list(worded.filter(DELIGHTED)[:QUOTES]),
        list(worded.filter(IRRITATED)[:QUOTES]),
        sum(one.total for one in results),
    )


def list_answers(survey: Survey, *, kind: str = "", with_words: bool = True) -> QuerySet[Answer]:
    """Return a survey's answers to paginate, newest first; `kind` is "delights" or "irritants", empty: all."""
    found = Answer.objects.filter(organisation_id=survey.organisation_id, survey=survey)
    found = found.select_related("survey", "contact")
    if with_words:
        found = found.exclude(words="")
    narrowed = {"delights": found.filter(DELIGHTED), "irritants": found.filter(IRRITATED)}
    return narrowed.get(kind, found)
