"""What people answered to the demo organisation's surveys over half a year."""

import random
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.utils import timezone

from contacts.models import Contact
from prm.organisations.models import Organisation, User
from steering.demo import words
from touchpoints.models import Touchpoint
from touchpoints.recording import NewInteraction, record
from touchpoints.surveys.answering import KIND
from touchpoints.surveys.figures import is_delight, is_irritant, quality_of
from touchpoints.surveys.models import Answer, Survey, Way
from touchpoints.surveys.perceiving import settle_perceived
from touchpoints.surveys.services import create_survey

# How far back answers go, and how many of a hundred write something.
DAYS, WORDED = 175, 45


def let_people_answer(
    organisation: Organisation,
    touchpoints: Mapping[str, Touchpoint],
    known: Sequence[Contact],
    chance: random.Random,
    by: User,
) -> None:
    """Ask about some touchpoints; most answer without saying who they are."""
    acts: list[NewInteraction] = []
    for asked in words.ASKED:
        touchpoint = touchpoints[asked.code]
        survey = create_survey(
            organisation,
            values={"touchpoint_id": touchpoint.pk, "question": asked.question, "scale": asked.scale},
            by=by,
        )
        answers = [_answer(survey, asked, number, known, chance) for number in range(asked.answers)]
        for one in Answer.objects.bulk_create(answers):
            properties = {"score": one.score, "scale": survey.scale, "survey": survey.pk}
            acts.append(
                NewInteraction(
                    KIND,
                    one.contact_id,
                    touchpoint_id=touchpoint.pk,
                    occurred_at=one.answered_at,
                    key=f"survey:{one.pk}",
                    properties=properties,
                )
            )
    record(organisation, acts)
    settle_perceived(organisation)


def _answer(survey: Survey, asked: words.Asked, number: int, known: Sequence[Contact], chance: random.Random) -> Answer:
    at = timezone.now() - timedelta(days=chance.uniform(0.2, DAYS))
    contact = chance.choice(known) if known and chance.random() < 0.15 else None
    score = chance.choices(list(survey.scores), weights=_weights(asked, at))[0]
    return Answer(
        organisation_id=survey.organisation_id,
        survey=survey,
        touchpoint_id=survey.touchpoint_id,
        contact=contact if contact is not None and contact.created_at < at else None,
        score=score,
        quality=quality_of(survey.scale, score),
        words=_words(asked, score, chance),
        way=Way.MAIL if contact else chance.choice([Way.PAGE, Way.FRAME]),
        nonce=f"demo-{number}",
        answered_at=at,
    )


def _weights(asked: words.Asked, at: datetime) -> Sequence[int]:
    """Return how likely each score is; after something was made better, others than before."""
    days = (timezone.now() - at).days
    return asked.since if asked.since and days < asked.better_days else asked.weights


def _words(asked: words.Asked, score: int, chance: random.Random) -> str:
    if chance.randrange(100) >= WORDED:
        return ""
    if is_delight(asked.scale, score):
        return chance.choice(asked.delights)
    return chance.choice(asked.irritants) if is_irritant(asked.scale, score) else ""
