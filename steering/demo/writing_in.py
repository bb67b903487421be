"""The demo organisation's forms, and what people wrote in them over four months."""

import random
from collections.abc import Mapping, Sequence
from datetime import timedelta

from django.db import connection
from django.utils import timezone

from contacts.models import Contact
from prm.organisations.models import Organisation, User
from steering.demo import words
from touchpoints.lead_forms.document import ElementKind, read_document
from touchpoints.lead_forms.models import FormDay, FormVersion, LeadForm
from touchpoints.lead_forms.processing import process_due
from touchpoints.lead_forms.receiving import Sending, store_submission
from touchpoints.lead_forms.services import create_form, publish_form, update_settings
from touchpoints.models import Touchpoint

DAYS = 120
# How many a day are shown a form.
SHOWN_A_DAY = (0, 6)
HOST = "www.solvane.example"


def let_people_write(
    organisation: Organisation,
    touchpoints: Mapping[str, Touchpoint],
    known: Sequence[Contact],
    chance: random.Random,
    by: User,
) -> dict[str, LeadForm]:
    """Publish the usual forms and take in what was sent; return the forms by the start they were made of."""
    forms = {}
    people = [one for one in known if one.email and one.created_at < timezone.now() - timedelta(days=DAYS)]
    for asked in words.FORMS:
        form = create_form(
            organisation,
            name=asked.name,
            language="fr",
            by=by,
            start=asked.start,
            touchpoint_id=touchpoints[asked.code].pk,
        )
        update_settings(organisation, form_id=form.pk, values={"hosts": [HOST]}, by=by)
        version = publish_form(organisation, form_id=form.pk, by=by)
        form.refresh_from_db()
        senders = chance.sample(people, min(asked.sent, len(people)))
        for number, contact in enumerate(senders):
            said = asked.said[number % len(asked.said)] if asked.said else ""
            _send(version, contact, number, said, chance)
        FormDay.objects.filter(form=form).delete()
        FormDay.objects.bulk_create(_days(form, asked.sent, chance))
        forms[asked.start.value] = form
    _give_dates_back(organisation)
    process_due(organisation)
    return forms


def _send(version: FormVersion, contact: Contact, number: int, said: str, chance: random.Random) -> None:
    form = version.form
    document = read_document(version.document)
    own = {
        "contact.email": contact.email,
        "contact.first_name": contact.first_name,
        "contact.last_name": contact.last_name,
        "contact.job_title": contact.job_title,
        "contact.phone": contact.phone,
        "company.name": contact.company.name if contact.company else "",
    }
    answers: dict[str, object] = {}
    for one in document.elements:
        if one.kind == ElementKind.QUESTION and said:
            answers[one.key] = said
        elif one.kind == ElementKind.CONSENT:
            answers[one.key] = chance.random() < 0.4
        elif value := own.get(one.target):
            answers[one.key] = value
    campaign = chance.choice(("", "", "?utm_source=linkedin&utm_medium=cpc&utm_campaign=arrets-de-ligne"))
    spam = "trap" if number % 11 == 7 else ""
    store_submission(
        form.organisation,
        form,
        version_id=version.pk,
        document=document,
        nonce=f"demo-{form.pk}-{number}",
        answers=answers,
        sending=Sending(page=f"https://{HOST}/contact{campaign}", way="frame", network="203.0.113.0/24"),
        spam=spam,
    )


def _days(form: LeadForm, sent: int, chance: random.Random) -> list[FormDay]:
    today = timezone.localdate()
    days = [
        FormDay(
            organisation_id=form.organisation_id,
            form=form,
            day=today - timedelta(days=ago),
            slot=0,
            shown=chance.randint(*SHOWN_A_DAY),
        )
        for ago in range(DAYS)
    ]
    for one in chance.choices(days, k=sent):
        one.sent += 1
    return days


def _give_dates_back(organisation: Organisation) -> None:
    """Spread what was just sent over the months it is said to be of, the oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE lead_forms_submission s SET received_at = now() - make_interval(days => %s) * o.share"
            " FROM (SELECT id, 1 - (row_number() OVER (PARTITION BY form_id ORDER BY id) - 0.7)"
            " / count(*) OVER (PARTITION BY form_id) AS share FROM lead_forms_submission WHERE organisation_id = %s) o"
            " WHERE s.id = o.id AND s.organisation_id = %s",
            [DAYS, organisation.pk, organisation.pk],
        )
