"""What stands in public addresses and pages of surveys: found again, never guessed, nobody's secret."""

import secrets
import time
from dataclasses import dataclass

from django.conf import settings
from django.core import signing
from django.urls import reverse

from touchpoints.surveys.models import Survey

_PERSON, _PAGE, _ANSWER = "surveys.person", "surveys.page", "surveys.answer"
# Who reads and presses in less is a program that looks for links.
LEAST_SECONDS = 1.0
# A page that stood open for longer is shown anew; how long words can be added to an answer.
PAGE_SECONDS = 24 * 3600
ANSWER_SECONDS = 24 * 3600


def make_key() -> str:
    """Return the part of a new survey's address that cannot be guessed."""
    return secrets.token_urlsafe(12)


def address_of(survey: Survey) -> str:
    """Return what names a survey in public addresses: organisation and key."""
    return f"{survey.organisation_id}-{survey.key}"


def read_address(text: str) -> tuple[int, str] | None:
    """Return (organisation id, key), or None for what is no address of a survey."""
    number, _dash, key = text.partition("-")
    if not (number.isascii() and number.isdigit() and len(number) < 19 and key):
        return None
    return int(number), key


def public_url(survey: Survey, page: str = "survey") -> str:
    """Return the absolute address of a survey's page, or of its "frame"."""
    return f"{settings.BASE_URL}{reverse(f'surveys_public:{page}', args=[address_of(survey)])}"


@dataclass(frozen=True)
class Person:
    """What a person's own link says: who is asked what. A contact of 0 is a test message."""

    organisation_id: int
    survey_id: int
    contact_id: int


def personal_url(person: Person) -> str:
    """Return a person's own address of a survey, absolute, for a message; no survey is looked up."""
    numbers = [person.organisation_id, person.survey_id, person.contact_id]
    token = signing.Signer(salt=_PERSON).sign(".".join(map(str, numbers))).replace(":", "~")
    return f"{settings.BASE_URL}{reverse('surveys_public:personal', args=[token])}"


def read_person(token: str) -> Person | None:
    """Return what a person's own link says, or None when it was not made here."""
    try:
        return Person(*map(int, signing.Signer(salt=_PERSON).unsign(token.replace("~", ":")).split(".")))
    except (signing.BadSignature, TypeError, ValueError):
        return None


@dataclass(frozen=True)
class PageToken:
    """What a page that was shown says of itself when it comes back."""

    survey_id: int
    nonce: str
    shown_at: float

    @property
    def age_seconds(self) -> float:
        """How long ago the page was shown."""
        return time.time() - self.shown_at


def make_page_token(survey: Survey) -> str:
    """Return the token of a page shown now."""
    return signing.dumps([survey.pk, secrets.token_urlsafe(9), round(time.time(), 2)], salt=_PAGE)


def read_page_token(text: str) -> PageToken | None:
    """Return what a token says, or None when it was not made here. The age is the caller's to judge."""
    try:
        return PageToken(*signing.loads(text, salt=_PAGE))
    except (signing.BadSignature, TypeError, ValueError):
        return None


def make_answer_token(answer_id: int) -> str:
    """Return what the page after an answer is found by; 0 for one that was not kept."""
    return signing.dumps(answer_id, salt=_ANSWER).replace(":", "~")


def read_answer_token(text: str) -> int | None:
    """Return the answer a token names, or None when it is none, or too old."""
    try:
        return int(signing.loads(text.replace("~", ":"), salt=_ANSWER, max_age=ANSWER_SECONDS))
    except (signing.BadSignature, TypeError, ValueError):
        return None
