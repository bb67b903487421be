"""What people answer: one answer of a person about a touchpoint in a period, in the log as an interaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from prm.organisations.models import Organisation
from prm.work.sql import run
from prm.work.texts import make_storable
from prm.work.wakeups import wake
from touchpoints.recording import NewInteraction, record
from touchpoints.surveys.figures import quality_of
from touchpoints.surveys.models import Answer, Survey
from touchpoints.tracking.models import Visitor

QUEUE = "survey"
LONGEST_WORDS = 2000
KIND = "survey_answer"


@dataclass(frozen=True)
class Given:
    """What was sent: the score, by whom where their own link or the tracker says so, and how.

    `words` None: nothing said of them.
    """

    score: int
    nonce: str
    way: str
    contact_id: int | None = None
    words: str | None = None
    visitor: Visitor | None = None

    @property
    def person_id(self) -> int | None:
        """The contact who answers, where anything says who it is."""
        return self.contact_id or (self.visitor.contact_id if self.visitor else None)


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
                contact_id=given.person_id,
                visitor=given.visitor,
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
    browser = f"visitor {given.visitor.pk}" if given.visitor else given.nonce
    who = f"survey:{survey.touchpoint_id}:{given.person_id or browser}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s), %s)", [who, organisation.pk % 2**31])
    same: Answer | None = Answer.objects.filter(survey=survey, nonce=given.nonce).first()
    if same is not None:
        return same
    if given.visitor is not None:
        return _find_last(survey, _whose(given.visitor, is_sure=not given.visitor.is_provisional))
    return _find_last(survey, Q(contact=given.contact_id)) if given.contact_id is not None else None


def find_recent(survey: Survey, visitor: Visitor) -> Answer | None:
    """Return what a visitor, or the contact they are, answered within the period, so that they are not asked again."""
    return _find_last(survey, _whose(visitor, is_sure=True))


def _whose(visitor: Visitor, *, is_sure: bool) -> Q:
    """What is a visitor's, and what is the contact's they are where that is sure: a link alone can be passed on."""
    own = Q(visitor=visitor)
    return own | Q(contact=visitor.contact_id) if is_sure and visitor.contact_id is not None else own


def move_answers(organisation: Organisation, visitors: Sequence[Visitor], was: int | None, now: int | None) -> None:
    """Let what visitors answered be a contact's, or nobody's known any more: they turned out to be somebody else.

    Of two answers of one person within a period the later one counts, as where they had answered again. A browser
    that only a link says to be theirs takes the place of nothing.
    """
    ids = {"organisation_id": organisation.pk, "contact_id": now}
    number = run("touchpoints/move_answers", {**ids, "visitors": [one.pk for one in visitors], "was": was})
    sure = [one.pk for one in visitors if not one.is_provisional]
    if number and now is not None and sure:
        run("touchpoints/supersede_answers", {**ids, "visitors": sure})
    if number:
        wake(organisation.pk, QUEUE)


def _find_last(survey: Survey, whose: Q) -> Answer | None:
    since = timezone.now() - timedelta(days=survey.period_days)
    # A score belongs to its scale: an answer to another survey of the touchpoint counts for itself.
    recent = Answer.objects.filter(whose, touchpoint=survey.touchpoint_id, answered_at__gt=since)
    last: Answer | None = recent.filter(survey__scale=survey.scale).order_by("-answered_at", "-pk").first()
    return last


def _interaction(survey: Survey, answer: Answer) -> NewInteraction:
    return NewInteraction(
        KIND,
        contact_id=answer.contact_id,
        visitor_id=str(answer.visitor.uid) if answer.visitor else None,
        touchpoint_id=survey.touchpoint_id,
        occurred_at=answer.answered_at,
        key=f"survey:{answer.pk}",
        properties={"score": answer.score, "scale": survey.scale, "survey": survey.pk},
    )
