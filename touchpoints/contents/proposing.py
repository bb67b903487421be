"""The next content for somebody: not read yet, in their language, for how far they are, of what they care about."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext as _

from contacts.models import Contact, Stage
from prm.organisations.models import Organisation
from touchpoints.contents.figures import get_readings
from touchpoints.contents.models import Content, ContentKind, Reading, Served
from touchpoints.contents.tokens import Reader, Who, public_url
from touchpoints.interests.queries import weights_of_contact, weights_of_visitor
from touchpoints.lead_forms.models import FormStatus
from touchpoints.tracking.models import Visitor

# What is read most lately counts for up to so many points: enough to decide where nothing else does.
POPULARITY_POINTS = 10
# Points that a content for another stage loses, for each stage in between.
STAGE_POINTS = 25
_STAGES = list(Served.values)
# Stages of people that contents are not written for by name.
_STAGE_OF = {Stage.ACCEPTED: Served.CUSTOMER, Stage.DISQUALIFIED: Served.SUSPECT, Stage.LOST: Served.SUSPECT}


@dataclass(frozen=True)
class NextContent:
    """A content proposed to one person, and why; texts are in the language that was asked for.

    `link` is an absolute public address of this product that counts as that person's reading: their own for a contact
    (past a form), that browser's for a visitor, everybody's for nobody known.
    """

    content_id: int
    title: str
    summary: str
    # A code of ContentKind, and its word.
    kind: str
    kind_label: str
    theme_id: int
    theme: str
    # Why this one, as a sentence's end: “about Maintenance, which interests them most”.
    why: str
    link: str
    is_gated: bool


def next_contents(
    organisation: Organisation,
    *,
    contact: Contact | None = None,
    visitor: Visitor | None = None,
    language: str,
    limit: int = 3,
) -> list[NextContent]:
    """Return what to propose next, the best first: a list of NextContent, at most `limit`, empty where nothing is left.

    Never what they read, what is put away, in another language, or behind a form that lets nobody in. Of the rest, the
    heaviest interest first, less for a stage they are not at, then what others read most; for nobody known (neither
    contact nor visitor), what is for suspects. A visitor who is a contact gets what the contact gets. Four queries;
    contents are ranked in memory (2,000 at most).
    """
    if contact is None and visitor is not None and visitor.contact_id is not None:
        contact = Contact.objects.filter(organisation=organisation, pk=visitor.contact_id).first()
    weights: dict[int, float] = {}
    read: set[int] = set()
    readings = Reading.objects.filter(organisation=organisation)
    if contact is not None:
        weights = weights_of_contact(organisation, contact.pk)
        read = set(readings.filter(contact_id=contact.pk).values_list("content_id", flat=True))
    elif visitor is not None:
        weights = weights_of_visitor(organisation, visitor)
        read = set(readings.filter(visitor_uid=visitor.uid).values_list("content_id", flat=True))
    stage = stage_of(contact)
    popular = _popularity(organisation)
    ranked = [
        (_points(one, weights, stage, popular), one)
        for one in _list_offered(organisation, language)
        if one.pk not in read
    ]
    ranked.sort(key=lambda pair: (-pair[0], -pair[1].pk))
    reader = _reader(contact, visitor)
    with translation.override(language):
        return [_proposed(one, weights, stage, popular, reader) for _points_, one in ranked[: max(limit, 0)]]


def stage_of(contact: Contact | None) -> Served:
    """Return for whom a content should be written that suits a person; nobody known counts as a suspect."""
    if contact is None:
        return Served.SUSPECT
    found = _STAGE_OF.get(Stage(contact.stage)) if contact.stage in Stage.values else None
    return found or (Served(contact.stage) if contact.stage in Served.values else Served.SUSPECT)


def _list_offered(organisation: Organisation, language: str) -> Sequence[Content]:
    open_form = Q(form__status=FormStatus.LIVE, form__archived_at=None)
    found = Content.objects.filter(organisation=organisation, archived_at=None, language=language[:2].lower())
    return list(found.filter(Q(form=None) | open_form).select_related("theme"))


def _points(content: Content, weights: dict[int, float], stage: Served, popular: dict[int, float]) -> float:
    distance = abs(_STAGES.index(content.stage) - _STAGES.index(stage))
    return (
        weights.get(content.theme_id, 0.0) - STAGE_POINTS * distance + POPULARITY_POINTS * popular.get(content.pk, 0.0)
    )


def _popularity(organisation: Organisation) -> dict[int, float]:
    """Return how many read each content, as a share of the one read most, 0-1. One query, none where that is slow."""
    readings = get_readings(organisation).value
    most = max((one.readers for one in readings.values()), default=0)
    return {pk: one.readers / most for pk, one in readings.items()} if most else {}


def _reader(contact: Contact | None, visitor: Visitor | None) -> Reader | None:
    if contact is not None:
        return Reader(Who.CONTACT, contact.pk)
    return Reader(Who.VISITOR, visitor.pk) if visitor is not None else None


def _proposed(
    content: Content, weights: dict[int, float], stage: Served, popular: dict[int, float], reader: Reader | None
) -> NextContent:
    return NextContent(
        content_id=content.pk,
        title=content.title,
        summary=content.summary,
        kind=content.kind,
        kind_label=str(ContentKind(content.kind).label),
        theme_id=content.theme_id,
        theme=content.theme.name,
        why=_why(content, weights, stage, popular),
        link=public_url(content, reader),
        is_gated=content.is_gated,
    )


def _why(content: Content, weights: dict[int, float], stage: Served, popular: dict[int, float]) -> str:
    """Say why it is proposed: its theme, its stage, or what others read."""
    words = {"theme": content.theme.name, "stage": str(Served(content.stage).label).lower()}
    parts = []
    weight = int(weights.get(content.theme_id, 0))
    if weight and weight >= int(max(weights.values())):
        parts.append(_("about %(theme)s, which interests them most") % words)
    elif weight:
        parts.append(_("about %(theme)s, which interests them") % words)
    if content.stage == stage:
        parts.append(_("written for %(stage)s") % words)
    if not parts or not weights:
        share = popular.get(content.pk, 0.0)
        parts.append(_("among what is read most") if share >= 0.5 else _("not read yet"))
    return ", ".join(parts)
