"""The demo organisation's contents, the themes they are of, and who read them over half a year."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from django.utils import timezone

from contacts.models import Contact, Stage, StageChange
from prm.organisations.models import Organisation, User
from steering.demo import library
from touchpoints.contents.files import NewFile
from touchpoints.contents.models import Content
from touchpoints.contents.services import ContentInput, create_content
from touchpoints.interests.models import Theme
from touchpoints.interests.services import RuleInput, add_rule, create_theme
from touchpoints.lead_forms.document import After
from touchpoints.lead_forms.models import LeadForm
from touchpoints.lead_forms.services import create_form, publish_form
from touchpoints.lead_forms.starting import Start, start_document
from touchpoints.models import Touchpoint
from touchpoints.recognition.facts import read_address
from touchpoints.recording import NewInteraction, record

DAYS = 150
# Readings of somebody nobody knows.
STRANGERS = 160
BATCH = 2000
# A PDF of one empty page.
PAGE = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj "
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)


def add_contents(
    organisation: Organisation,
    touchpoints: Mapping[str, Touchpoint],
    people: Sequence[Contact],
    *,
    past: Sequence[Contact],
    chance: random.Random,
    by: User,
) -> None:
    """Name the themes, fill the library, and let people read: some now, and those who went to sales before they did."""
    themes = {one.name: _theme(organisation, one, touchpoints, by) for one in library.THEMES}
    gate = _gate(organisation, touchpoints, by)
    contents = [_content(organisation, one, themes, gate, touchpoints=touchpoints, by=by) for one in library.CONTENTS]
    acts = [*_of_past(contents, past, chance), *_of_people(contents, people, chance), *_of_strangers(contents, chance)]
    acts.sort(key=lambda act: act.occurred_at or timezone.now())
    for start in range(0, len(acts), BATCH):
        record(organisation, acts[start : start + BATCH])


def _theme(
    organisation: Organisation, told: library.ThemeTold, touchpoints: Mapping[str, Touchpoint], by: User
) -> Theme:
    theme = create_theme(organisation, name=told.name, description=told.description, by=by)
    for address in told.addresses:
        add_rule(organisation, theme_id=theme.pk, values=RuleInput(read_address(address)), by=by)
    for code in told.codes:
        add_rule(organisation, theme_id=theme.pk, values=RuleInput(touchpoint_id=touchpoints[code].pk), by=by)
    return theme


def _gate(organisation: Organisation, touchpoints: Mapping[str, Touchpoint], by: User) -> LeadForm:
    document = replace(start_document(Start.DOCUMENT, "fr"), title="", after=After(message="Merci, bonne lecture."))
    form = create_form(
        organisation,
        name="Livre blanc",
        language="fr",
        by=by,
        document=document,
        touchpoint_id=touchpoints["white-paper"].pk,
    )
    publish_form(organisation, form_id=form.pk, by=by)
    return form


def _content(
    organisation: Organisation,
    told: library.ContentTold,
    themes: Mapping[str, Theme],
    gate: LeadForm,
    *,
    touchpoints: Mapping[str, Touchpoint],
    by: User,
) -> Content:
    values = ContentInput(
        title=told.title,
        summary=told.summary,
        kind=told.kind,
        language=told.language,
        theme_id=themes[told.theme].pk,
        stage=told.stage,
        url=f"https://www.solvane.example{told.path}" if told.path else "",
        file=None if told.path else NewFile.of(f"{told.file}.pdf", PAGE),
        form_id=gate.pk if told.is_gated else None,
        touchpoint_id=touchpoints[told.code].pk if told.code else None,
        owner_id=by.pk,
    )
    return create_content(organisation, values=values, by=by)


def _of_past(contents: Sequence[Content], past: Sequence[Contact], chance: random.Random) -> Iterator[NewInteraction]:
    """Let most of those who became an MQL long ago have read something before that."""
    became = dict(StageChange.objects.filter(contact__in=past, to_stage=Stage.MQL).values_list("contact", "at"))
    for contact in past:
        upto = became.get(contact.pk)
        if upto is None or chance.random() < 0.2:
            continue
        for content in chance.choices(contents, weights=_weights(contents), k=chance.randint(1, 4)):
            yield _reading(content, contact, upto - timedelta(hours=chance.uniform(2, 400)), chance, is_file=True)


def _of_people(
    contents: Sequence[Content], people: Sequence[Contact], chance: random.Random
) -> Iterator[NewInteraction]:
    """Let people read on a theme they come back to."""
    for contact in people:
        if chance.random() < 0.35:
            continue
        liked = chance.choice(contents).theme_id
        fond = [
            weight * (6 if one.theme_id == liked else 1)
            for weight, one in zip(_weights(contents), contents, strict=True)
        ]
        for content in chance.choices(contents, weights=fond, k=chance.randint(1, 5)):
            at = timezone.now() - timedelta(days=min(chance.expovariate(1 / 25), DAYS))
            yield _reading(content, contact, max(at, contact.created_at + timedelta(minutes=5)), chance)


def _of_strangers(contents: Sequence[Content], chance: random.Random) -> Iterator[NewInteraction]:
    for content in chance.choices(contents, weights=_weights(contents), k=STRANGERS):
        at = timezone.now() - timedelta(days=chance.uniform(0, DAYS))
        yield NewInteraction("content_read", occurred_at=at, properties=_told(content))


def _reading(
    content: Content, contact: Contact, at: datetime, chance: random.Random, *, is_file: bool = False
) -> NewInteraction:
    seconds = int(chance.lognormvariate(4.7, 0.8)) + 8
    said = _told(content) | ({} if not content.url else {"seconds": seconds})
    kind = "download" if is_file and not content.url else "content_read"
    return NewInteraction(
        kind,
        contact_id=contact.pk,
        touchpoint_id=content.touchpoint_id,
        occurred_at=min(at, timezone.now()),
        properties=said,
    )


def _told(content: Content) -> dict[str, object]:
    return {"content": content.pk, "title": content.title, "theme": content.theme.name}


def _weights(contents: Sequence[Content]) -> list[float]:
    """Return how likely each is read: the first ones most."""
    return [1 / (1 + place / 3) for place, _content in enumerate(contents)]
