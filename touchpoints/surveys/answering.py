"""What people answer: one answer of a person about a touchpoint in a period, in the log as an interaction."""

from dataclasses import dataclass
from datetime import timedelta

from django.db import connection, transaction
from django.utils import timezone

from prm.organisations.models import Organisation
from prm.work.texts import make_storable
from prm.work.wakeups import wake
from touchpoints.recording import NewInteraction, record
from touchpoints.surveys.figures import quality_of
from touchpoints.surveys.models import Answer, Survey

QUEUE = "survey"
LONGEST_WORDS = 2000
KIND = "survey_answer"


@dataclass(frozen=True)
class Given:
    """What was sent: the score, by whom where their own link says so, and how. `words` None: nothing said of them."""

    score: int
    nonce: str
    way: str
    contact_id: int | None = None
    words: str | None = None


def keep_answer(organisation: Organisation, survey: Survey, given: Given) -> Answer:
    """Write down an answer, or put it in the place of the person's last one within the period.

    The same page sent twice is one answer. A new one is an interaction at the touchpoint; one changed is not, for it
    happened once. Wakes who keeps perceived quality. About eight statements.
    """
    with transaction.atomic():
        known = _find_known(organisation, survey, given)
        if known is None:
            known = Answer(
                organisation=organisation,
                survey=survey,
                touchpoint_id=survey.touchpoint_id,
                contact_id=given.contact_id,
                way=given.way,
                nonce=given.nonce,
                answered_at=timezone.now(),
            )
        known.score, known.quality = given.score, quality_of(survey.scale, given.score)
        if given.words is not None:
            known.words = clean_words(given.words)
        is_new = known.pk is None
        known.save()
        if is_new:
            record(organisation, [_interaction(survey, known)])
        wake(organisation.pk, QUEUE)
    return known


def add_words(answer: Answer, words: str) -> None:
    """Keep what somebody adds to their answer."""
    answer.words = clean_words(words)
    answer.save(update_fields=["words"])


def clean_words(text: str) -> str:
    """Return words as they are kept: what the database takes, lines kept, no longer than LONGEST_WORDS."""
    return make_storable(text.replace("\r\n", "\n")).strip()[:LONGEST_WORDS]


def _find_known(organisation: Organisation, survey: Survey, given: Given) -> Answer | None:
    """Return the answer this one takes the place of; whoever answers the same at once waits."""
    who = f"survey:{survey.touchpoint_id}:{given.contact_id or given.nonce}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s), %s)", [who, organisation.pk % 2**31])
    same: Answer | None = Answer.objects.filter(survey=survey, nonce=given.nonce).first()
    if same is not None or given.contact_id is None:
        return same
    since = timezone.now() - timedelta(days=survey.period_days)
    # A score belongs to its scale: an answer to another survey of the touchpoint counts for itself.
    recent = Answer.objects.filter(contact_id=given.contact_id, touchpoint=survey.touchpoint_id, answered_at__gt=since)
    last: Answer | None = recent.filter(survey__scale=survey.scale).order_by("-answered_at", "-pk").first()
    return last


def _interaction(survey: Survey, answer: Answer) -> NewInteraction:
    return NewInteraction(
        KIND,
        contact_id=answer.contact_id,
        touchpoint_id=survey.touchpoint_id,
        occurred_at=answer.answered_at,
        key=f"survey:{answer.pk}",
        properties={"score": answer.score, "scale": survey.scale, "survey": survey.pk},
    )
