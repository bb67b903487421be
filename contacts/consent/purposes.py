"""What an organisation asks people for: purposes with their texts, defined by an admin.

A text that was published stays as it is for ever, because people answered to it: another one is another version.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from django.db import connection, transaction
from django.db.models import Count
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from contacts.consent.models import EMAIL, Act, Basis, ConsentState, Purpose, PurposeText
from contacts.normalising import UnusableValueError, clean_text
from prm.organisations import audit
from prm.organisations.audit import Actor
from prm.organisations.models import Organisation
from prm.work.errors import Conflict, Invalid, NotFound

# In use: more are read by nobody, and what nobody reads is no consent.
MOST_PURPOSES = 20
LONGEST_LABEL = 80
LONGEST_TEXT = 2000
CHANNELS = ("", "email", "phone")


@dataclass(frozen=True)
class PurposeWords:
    """What people read, in both languages."""

    label_en: str
    label_fr: str
    text_en: str
    text_fr: str


@dataclass(frozen=True)
class Answers:
    """How many people said what to a purpose."""

    given: int = 0
    refused: int = 0


def count_answers() -> dict[int, Answers]:
    """Return {purpose id: answers}. One query over the organisation's answers: asked for apart from a page."""
    found: dict[int, Answers] = {}
    rows = ConsentState.objects.values_list("purpose", "state").annotate(people=Count("pk")).order_by()
    for purpose_id, state, people in rows:
        known = found.get(purpose_id, Answers())
        is_yes = state == Act.GIVEN
        found[purpose_id] = Answers(known.given + people * is_yes, known.refused + people * (not is_yes))
    return found


def list_texts(purpose: Purpose) -> Sequence[PurposeText]:
    """Return what people read and read before, the current text first."""
    return list(PurposeText.objects.filter(purpose=purpose).order_by("-version"))


def words_of(text: PurposeText | None) -> dict[str, str]:
    """Return {name of a field of PurposeWords: what people read}; empty without a text."""
    names = ("label_en", "label_fr", "text_en", "text_fr")
    return {name: getattr(text, name) for name in names} if text else {}


def get_purpose_by_id(pk: int) -> Purpose:
    """Return a purpose, archived or not. Raises NotFound."""
    found: Purpose | None = Purpose.objects.filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found


def create_purpose(organisation: Organisation, *, words: PurposeWords, basis: str, channel: str, by: Actor) -> Purpose:
    """Ask people for something more; its code comes of the English label. Raises Invalid, Conflict for too many."""
    clean = _clean(words, basis, channel)
    with transaction.atomic():
        known = _lock(organisation)
        _refuse_too_many(known)
        purpose = Purpose.objects.create(
            organisation=organisation,
            code=_code_for(clean.label_en, {one.code for one in known}),
            channel=channel,
            basis=basis,
            position=max((one.position for one in known), default=0) + 1,
        )
        PurposeText.objects.create(organisation=organisation, purpose=purpose, version=1, **asdict(clean))
        after = {"basis": basis, "channel": channel, **asdict(clean)}
        audit.record(organisation, by, "purpose.create", purpose, label=clean.label_en, after=after)
    return purpose


def update_purpose(
    organisation: Organisation, *, purpose_id: int, words: PurposeWords, basis: str, channel: str, by: Actor
) -> Purpose:
    """Change what people are asked; other words become another version, equal ones none. Raises Invalid, NotFound.

    The e-mail purpose keeps its channel: opt-outs agree with it.
    """
    clean = _clean(words, basis, channel)
    with transaction.atomic():
        _lock(organisation)
        purpose = get_purpose_by_id(purpose_id)
        if purpose.code == EMAIL and channel != purpose.channel:
            raise Invalid(fields={"channel": _("Opt-outs follow this purpose: it stays about e-mails.")})
        latest = PurposeText.objects.filter(purpose=purpose).order_by("-version").first()
        before = {"basis": purpose.basis, "channel": purpose.channel, **words_of(latest)}
        after = {"basis": basis, "channel": channel, **asdict(clean)}
        if before == after:
            return purpose
        if words_of(latest) != asdict(clean):
            version = latest.version + 1 if latest else 1
            PurposeText.objects.create(organisation=organisation, purpose=purpose, version=version, **asdict(clean))
        purpose.basis, purpose.channel = basis, channel
        purpose.save(update_fields=["basis", "channel"])
        audit.record(organisation, by, "purpose.update", purpose, label=clean.label_en, before=before, after=after)
    return purpose


def archive_purpose(organisation: Organisation, *, purpose_id: int, by: Actor) -> Purpose:
    """Ask nobody for it any more; what was said stays in the ledger. Raises Conflict for the e-mail purpose."""
    with transaction.atomic():
        _lock(organisation)
        purpose = get_purpose_by_id(purpose_id)
        if purpose.code == EMAIL:
            raise Conflict(_("Opt-outs follow this purpose: it cannot be archived."))
        if purpose.archived_at is None:
            purpose.archived_at = timezone.now()
            purpose.save(update_fields=["archived_at"])
            audit.record(organisation, by, "purpose.archive", purpose)
    return purpose


def restore_purpose(organisation: Organisation, *, purpose_id: int, by: Actor) -> Purpose:
    """Ask for it again; people stand where they stood. Raises Conflict for too many."""
    with transaction.atomic():
        known = _lock(organisation)
        purpose = get_purpose_by_id(purpose_id)
        if purpose.archived_at is not None:
            _refuse_too_many(known)
            purpose.archived_at = None
            purpose.save(update_fields=["archived_at"])
            audit.record(organisation, by, "purpose.restore", purpose)
    return purpose


def move_purpose(organisation: Organisation, *, purpose_id: int, up: bool) -> None:
    """Let a purpose change places with its neighbour, for whoever reads the list; at an end nothing changes."""
    with transaction.atomic():
        shown = [one for one in _lock(organisation) if one.archived_at is None]
        place = next((number for number, one in enumerate(shown) if one.pk == purpose_id), None)
        if place is None:
            raise NotFound
        other = place - 1 if up else place + 1
        if 0 <= other < len(shown):
            shown[place], shown[other] = shown[other], shown[place]
            for position, one in enumerate(shown):
                one.position = position
            Purpose.objects.bulk_update(shown, ["position"])


def _lock(organisation: Organisation) -> list[Purpose]:
    """Let those who define purposes wait for each other; return all purposes in their order."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('consent.purposes'), %s)", [organisation.pk % 2**31])
    return list(Purpose.objects.order_by("position", "pk"))


def _refuse_too_many(known: Sequence[Purpose]) -> None:
    if sum(one.archived_at is None for one in known) >= MOST_PURPOSES:
        raise Conflict(_("There are %(n)s purposes, as many as people read. Archive one first.") % {"n": MOST_PURPOSES})


def _clean(words: PurposeWords, basis: str, channel: str) -> PurposeWords:
    errors: dict[str, str] = {}
    clean: dict[str, str] = {}
    for name, value in asdict(words).items():
        longest = LONGEST_LABEL if name.startswith("label") else LONGEST_TEXT
        try:
            clean[name] = clean_text(value, longest)
        except UnusableValueError as error:
            errors[name] = str(error.message)
            continue
        if not clean[name]:
            errors[name] = _("People read this: write it in both languages.")
    if basis not in Basis.values:
        errors["basis"] = _("Choose consent or legitimate interest.")
    if channel not in CHANNELS:
        errors["channel"] = _("Choose e-mail, telephone or neither.")
    if errors:
        raise Invalid(fields=errors)
    return PurposeWords(**clean)


def _code_for(label: str, taken: set[str]) -> str:
    stem = slugify(label).replace("-", "_")[:32].strip("_") or "purpose"
    code, number = stem, 1
    while code in taken:
        number += 1
        code = f"{stem}_{number}"
    return code
