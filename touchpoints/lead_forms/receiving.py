"""What was sent is written down first, in one short transaction of its own; a worker then makes something of it."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from django.db import transaction
from django.utils import timezone

from contacts.normalising import UnusableValueError, normalise_email
from prm.organisations.models import Organisation
from prm.work.texts import make_storable
from prm.work.wakeups import wake
from touchpoints.lead_forms.counting import count_sent
from touchpoints.lead_forms.document import EMAIL, Document
from touchpoints.lead_forms.models import LeadForm, Submission, SubmissionStatus

QUEUE = "form"
CAMPAIGN = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content", "gclid")
LONGEST_CAMPAIGN = 200
# What landing pages keep with what is sent from them: the page by its address, and which of its variants it was.
ORIGIN = ("landing_page", "variant")
# Spam that nobody asked for is forgotten.
SPAM_DAYS = 30


@dataclass(frozen=True)
class Sending:
    """What came with the answers: where from, and by which program."""

    page: str = ""
    referrer: str = ""
    touchpoint: str = ""
    program: str = ""
    network: str = ""
    # The id the tracker gave the browser; "" without one.
    browser: str = ""
    # Who was known to be filling it in, 0 for nobody.
    contact_id: int = 0
    way: str = "page"
    # What a page of ours that it stood on wants kept.
    origin: Mapping[str, Any] = field(default_factory=dict)

    @property
    def context(self) -> dict[str, Any]:
        """What is kept of it beside the answers, without what is empty."""
        kept = {
            "page": self.page,
            "referrer": self.referrer,
            "touchpoint": self.touchpoint[:60],
            "program": make_storable(self.program)[:300],
            "browser": self.browser[:40],
            "contact": self.contact_id,
            "way": self.way,
            **read_campaign(self.page),
            **self.origin,
        }
        return {name: value for name, value in kept.items() if value}


def read_campaign(page: str) -> dict[str, str]:
    """Return what the address of a page says of its campaign."""
    try:
        query = parse_qsl(urlsplit(page).query, max_num_fields=100)
    except ValueError:
        return {}
    return {name: make_storable(value)[:LONGEST_CAMPAIGN] for name, value in query if name in CAMPAIGN and value}


def store_submission(
    organisation: Organisation,
    form: LeadForm,
    *,
    version_id: int,
    document: Document,
    nonce: str,
    answers: Mapping[str, Any],
    sending: Sending,
    spam: str = "",
) -> Submission:
    """Write down what was sent and wake a worker; the same page with the same answers is written once.

    `spam` is a reason of wording.REASONS: it is kept all the same, for a member to look at. Three statements.
    """
    once = hashlib.sha256(json.dumps([nonce, answers], sort_keys=True, default=str).encode()).hexdigest()
    values: dict[str, Any] = {
        "version_id": version_id,
        "status": SubmissionStatus.SPAM if spam else SubmissionStatus.RECEIVED,
        "reason": spam,
        "answers": dict(answers),
        "context": sending.context,
        "email": find_email(document, answers),
        "network": sending.network,
    }
    with transaction.atomic():
        submission, is_new = Submission.objects.get_or_create(
            organisation=organisation, form=form, once=once, defaults=values
        )
        if is_new and spam:
            wake(organisation.pk, QUEUE, timezone.now() + timedelta(days=SPAM_DAYS, hours=1))
        elif is_new:
            count_sent(form)
            wake(organisation.pk, QUEUE)
    return submission


def find_email(document: Document, answers: Mapping[str, Any]) -> str:
    """Return the address among the answers, as contacts keep it; "" where there is none."""
    for one in document.elements:
        if one.target == EMAIL and answers.get(one.key):
            try:
                return normalise_email(str(answers[one.key]))
            except UnusableValueError:
                return ""
    return ""


def delete_old_spam() -> int:
    """Forget spam older than SPAM_DAYS that made no contact; return how much. One statement, by its own index."""
    before = timezone.now() - timedelta(days=SPAM_DAYS)
    old = Submission.objects.filter(status=SubmissionStatus.SPAM, contact=None, received_at__lt=before)
    return int(old.delete()[0])
