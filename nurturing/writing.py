"""From a ledger row to a letter: the step's text, made personal, in its frame."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from contacts.consent.confirming import VALID
from contacts.consent.tokens import Asked, confirming_url, preferences_url
from contacts.models import Contact
from nurturing.asking import links_for
from nurturing.envelopes import Letter, Sender, message_id_of
from nurturing.frame import LANGUAGES, put_into_frame
from nurturing.marking import mark_links
from nurturing.own_fields import OwnFields, values_for
from nurturing.personalising import NEXT_CONTENT, OwnValues, Personal, Values, personalise
from nurturing.tokens import Ticket, unsubscribe_url
from prm.organisations.models import Organisation
from touchpoints.contents.proposing import next_contents
from touchpoints.lead_forms.tokens import make_person_token


@dataclass(frozen=True)
class Recipient:
    """A ledger row with its step, its scenario and its person. Step and scenario are None when they were deleted."""

    delivery_id: int
    contact_id: int
    step_id: int | None
    subject: str | None
    body: str | None
    scenario_id: int | None
    scenario_name: str | None
    email: str
    first_name: str
    last_name: str
    job_title: str
    language: str
    company: str
    # What own fields of the person and of their company hold, where the message names any.
    custom: Mapping[str, Any] = field(default_factory=dict)
    company_custom: Mapping[str, Any] = field(default_factory=dict)
    # What the person is asked to say yes to, in place of a step's text: purpose_id, version, label_en, label_fr, ...
    asked: Mapping[str, Any] | None = None


def write_letter(
    organisation: Organisation,
    sender: Sender,
    recipient: Recipient,
    own: OwnFields | None = None,
    hosts: Sequence[str] = (),
) -> Letter:
    """Return the letter for one person, in their language, with their own way out. Raises TemplateError.

    `own`: the organisation's own fields, and `hosts`: those of its tracked sites, read once for many letters.
    """
    link = unsubscribe_url(Ticket(organisation.pk, recipient.contact_id, recipient.delivery_id))
    language = language_of(recipient.language, organisation)
    if recipient.asked:
        personal = _request(organisation, recipient, language)
    else:
        values = values_for(own, (recipient.custom, recipient.company_custom), language)
        written = _text(organisation, recipient, link, values, _next_content(organisation, recipient, language))
        personal = mark_links(organisation, recipient.contact_id, written, hosts)
    framed = put_into_frame(
        subject=personal.subject,
        html=personal.html,
        text=personal.text,
        organisation=organisation.name,
        postal_address=organisation.postal_address,
        unsubscribe_url=link,
        language=language,
        # A test message is nobody's.
        preferences_url=preferences_url(organisation.pk, recipient.contact_id) if recipient.contact_id else "",
    )
    return Letter(
        sender=sender,
        address=recipient.email,
        name=f"{recipient.first_name} {recipient.last_name}".strip(),
        subject=personal.subject,
        text=framed.text,
        html=framed.html,
        message_id=message_id_of(organisation, recipient.delivery_id, sender),
        unsubscribe_url=link,
        list_name=recipient.scenario_name or organisation.name,
        list_code=f"scenario-{recipient.scenario_id or 0}.{organisation.slug}",
    )


def _request(organisation: Organisation, recipient: Recipient, language: str) -> Personal:
    """Return the request to say yes to what is asked."""
    asked = recipient.asked or {}
    url = confirming_url(Asked(organisation.pk, recipient.contact_id, asked["purpose_id"], asked["version"]))
    words = {
        "name": recipient.first_name,
        "organisation": organisation.name,
        "label": asked[f"label_{language}"],
        "text": asked[f"text_{language}"],
        "url": url,
        "days": VALID.days,
    }
    with translation.override(language):
        return Personal(
            subject=_("Do you agree? %(label)s") % words,
            html=render_to_string("nurturing/email/confirmation.html", words),
            text=render_to_string("nurturing/email/confirmation.txt", words).strip(),
        )


def _text(
    organisation: Organisation, recipient: Recipient, link: str, own: OwnValues, next_content: Mapping[str, str]
) -> Personal:
    """Return the text of the step, made personal."""
    return personalise(
        recipient.subject or "",
        recipient.body or "",
        Values(
            first_name=recipient.first_name,
            last_name=recipient.last_name,
            email=recipient.email,
            job_title=recipient.job_title,
            company=recipient.company,
            organisation=organisation.name,
            unsubscribe_url=link,
            form_key=_form_key(organisation, recipient),
            own=own,
            next_content=next_content,
            surveys=links_for(organisation, recipient.contact_id, recipient.body or ""),
        ),
    )


def _next_content(organisation: Organisation, recipient: Recipient, language: str) -> Mapping[str, str]:
    """Return the next content for a person, where the message names it; of a test message, that for nobody known.

    No query where it does not, eight where it does.
    """
    if NEXT_CONTENT not in (recipient.body or "") and NEXT_CONTENT not in (recipient.subject or ""):
        return {}
    contact = Contact.objects.filter(organisation=organisation, pk=recipient.contact_id).first()
    for one in next_contents(organisation, contact=contact, language=language, limit=1):
        return {"title": one.title, "link": one.link, "summary": one.summary, "theme": one.theme}
    return {}


def _form_key(organisation: Organisation, recipient: Recipient) -> str:
    """Return what lets forms ask the person only what is missing; a test message is nobody's."""
    is_named = "form_key" in (recipient.body or "")
    return make_person_token(organisation.pk, recipient.contact_id) if is_named and recipient.contact_id else ""


def language_of(preferred: str, organisation: Organisation) -> str:
    """Return the language a person is written to in: their own where it is spoken, else the organisation's."""
    for code in (preferred[:2].lower(), organisation.language):
        if code in LANGUAGES:
            return code
    return LANGUAGES[0]
