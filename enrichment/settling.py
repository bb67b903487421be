"""When a name is matched without a person: what the organisation wants, applied to what a source found."""

from dataclasses import dataclass

from django.db import transaction

from enrichment.matching import sureness
from enrichment.models import Lookup, LookupStatus, MatchingRule
from enrichment.providers.outcomes import Ambiguous, Found, Outcome, Question
from enrichment.providers.records import CompanyRecord
from prm.organisations import audit
from prm.organisations.models import Organisation, User

# Where an organisation says nothing: measured by tests/real/test_matching_names.py.
USUAL_PERCENT = 88
# What an admin chooses from; None leaves every name to a person.
CHOICES: tuple[int | None, ...] = (85, USUAL_PERCENT, 92, 96, 100, None)
# Names looked at for the example, the latest.
EXAMPLE_NAMES = 500


@dataclass(frozen=True)
class Example:
    """One choice, and how many of the names that wait for a person would not have waited under it."""

    percent: int | None
    settled: int


@dataclass(frozen=True)
class Examples:
    """What each choice would have meant for the latest names that wait."""

    waiting: int
    choices: list[Example]


def get_examples(organisation: Organisation) -> Examples:
    """Return what each choice would have meant for at most `EXAMPLE_NAMES` names that wait. One query."""
    waiting = Lookup.objects.filter(organisation=organisation, status=LookupStatus.AMBIGUOUS).order_by("-pk")
    scores = [_score_of(lookup) for lookup in waiting.only("question", "answer", "organisation")[:EXAMPLE_NAMES]]
    return Examples(
        len(scores),
        [Example(one, sum(one is not None and score * 100 >= one for score in scores)) for one in CHOICES],
    )


def _score_of(lookup: Lookup) -> float:
    candidates = [CompanyRecord.from_json(one) for one in lookup.answer.get("candidates", ())]
    return sureness(Question.from_json(lookup.question), candidates)


def get_automatic_percent(organisation: Organisation) -> int | None:
    """Return from how sure a match is taken without a person; None: never. One query."""
    rule = MatchingRule.objects.filter(organisation=organisation).first()
    return rule.automatic_percent if rule else USUAL_PERCENT


def set_automatic_percent(organisation: Organisation, *, percent: int | None, by: User) -> None:
    """Say from how sure a match is taken without a person. Names that wait for one go on waiting."""
    with transaction.atomic():
        before = get_automatic_percent(organisation)
        MatchingRule.objects.update_or_create(organisation=organisation, defaults={"automatic_percent": percent})
        audit.record(
            organisation,
            by,
            "enrichment.matching",
            organisation,
            before={"automatic_percent": before},
            after={"automatic_percent": percent},
        )


def settle(question: Question, outcome: Outcome, percent: int | None) -> Outcome:
    """Leave to a person what is less sure than the organisation wants. A number is no match of names."""
    if not isinstance(outcome, Found) or question.siren or question.siret:
        return outcome
    if percent is not None and outcome.score * 100 >= percent:
        return outcome
    return Ambiguous((outcome.record, *outcome.others), site=outcome.site)
