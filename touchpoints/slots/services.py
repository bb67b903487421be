"""What members do with slots: make, change the draft, publish, pause, put away."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.text import slugify
from django.utils.translation import gettext as _

from contacts.models import Stage
from prm.conditions.documents import check
from prm.organisations import audit
from prm.organisations.audit import Actor
from prm.organisations.models import Organisation, User
from prm.work.errors import Conflict, Invalid, NotFound
from prm.work.texts import is_storable
from touchpoints.lead_forms.models import LeadForm
from touchpoints.models import InteractionKind
from touchpoints.slots.cleaning import LONGEST_HTML, clean_html
from touchpoints.slots.document import (
    MOST_CONTROL_PERCENT,
    MOST_VARIANTS,
    WINDOWS,
    Document,
    Goal,
    GoalKind,
    Variant,
    read_document,
    write_document,
)
from touchpoints.slots.exposures import KIND
from touchpoints.slots.facts import slot_vocabulary
from touchpoints.slots.marks import MARKS, find_unknown, is_within_tag
from touchpoints.slots.models import Slot, SlotStatus, SlotVersion

# Slots of one organisation, those put away left aside: each request reads what is published of all of them.
MOST_SLOTS = 200
LONGEST_NAME = 120
_KEY = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_KEY_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"
STAGES = (Stage.PROSPECT, Stage.MQL, Stage.ACCEPTED, Stage.CUSTOMER)


@dataclass(frozen=True)
class VariantInput:
    """What a member says of a variant; its HTML is cleaned."""

    name: str
    html: str = ""
    form_id: int | None = None
    condition: Mapping[str, Any] = field(default_factory=dict)
    starts_on: date | None = None
    ends_on: date | None = None
    shows_next: bool = False


@dataclass(frozen=True)
class SettingsInput:
    """What a member says of a slot beside its variants."""

    name: str
    control_percent: int
    goal: Goal


def create_slot(organisation: Organisation, *, name: str, key: str, by: Actor | None) -> Slot:
    """Make a slot, a draft without a variant; its key comes of its name if none is given. Raises Invalid, Conflict."""
    with transaction.atomic():
        Organisation.objects.select_for_update().get(pk=organisation.pk)
        if Slot.objects.filter(archived_at=None).count() >= MOST_SLOTS:
            raise Conflict(_("There are %(n)s slots already: put some away first.") % {"n": MOST_SLOTS})
        slot = Slot(organisation=organisation, created_by=by if isinstance(by, User) else None)
        slot.name = _clean_name(name)
        slot.key = _clean_key(key.strip() or slugify(slot.name)[:40])
        slot.draft = write_document(Document())
        slot.save()
        audit.record(organisation, by, "slot.create", slot, after={"name": slot.name, "key": slot.key})
    return slot


def update_settings(organisation: Organisation, *, slot_id: int, values: SettingsInput, by: Actor | None) -> Slot:
    """Change the name, at once, and in the draft control group and goal. Raises NotFound, Invalid."""
    with transaction.atomic():
        slot = lock_slot(slot_id)
        document = read_document(slot.draft)
        before = {"name": slot.name, **_told(document)}
        slot.name = _clean_name(values.name)
        fields: dict[str, str] = {}
        if not 0 <= values.control_percent <= MOST_CONTROL_PERCENT:
            fields["control_percent"] = _("Give a share from 0 to %(n)s percent.") % {"n": MOST_CONTROL_PERCENT}
        fields |= _goal_faults(values.goal)
        if fields:
            raise Invalid(fields=fields)
        document = replace(document, control_percent=values.control_percent, goal=values.goal)
        slot.draft = write_document(document)
        slot.save()
        after = {"name": slot.name, **_told(document)}
        audit.record(organisation, by, "slot.draft", slot, before=before, after=after)
    return slot


def add_variant(organisation: Organisation, *, slot_id: int, values: VariantInput, by: Actor | None) -> Variant:
    """Add a variant at the end of a draft. Raises NotFound, Invalid, Conflict for too many."""
    with transaction.atomic():
        slot = lock_slot(slot_id)
        document = read_document(slot.draft)
        if len(document.variants) >= MOST_VARIANTS:
            raise Conflict(_("A slot has at most %(n)s variants.") % {"n": MOST_VARIANTS})
        variant = _make_variant(get_random_string(6, _KEY_LETTERS), values)
        _keep(organisation, slot, document, [*document.variants, variant], by)
    return variant


def update_variant(
    organisation: Organisation, *, slot_id: int, key: str, values: VariantInput, by: Actor | None
) -> Variant:
    """Change a variant of the draft. Raises NotFound, Invalid."""
    with transaction.atomic():
        slot = lock_slot(slot_id)
        document = read_document(slot.draft)
        if document.find(key) is None:
            raise NotFound
        variant = _make_variant(key, values)
        _keep(organisation, slot, document, [variant if one.key == key else one for one in document.variants], by)
    return variant


def move_variant(organisation: Organisation, *, slot_id: int, key: str, up: bool, by: Actor | None) -> None:
    """Let a variant change places with its neighbour: the first that fits is shown. At an end nothing changes."""
    with transaction.atomic():
        slot = lock_slot(slot_id)
        document = read_document(slot.draft)
        variants = list(document.variants)
        place = next((number for number, one in enumerate(variants) if one.key == key), None)
        if place is None:
            raise NotFound
        other = place - 1 if up else place + 1
        if 0 <= other < len(variants):
            variants[place], variants[other] = variants[other], variants[place]
            _keep(organisation, slot, document, variants, by)


def remove_variant(organisation: Organisation, *, slot_id: int, key: str, by: Actor | None) -> None:
    """Take a variant out of the draft. Raises NotFound."""
    with transaction.atomic():
        slot = lock_slot(slot_id)
        document = read_document(slot.draft)
        if document.find(key) is None:
            raise NotFound
        _keep(organisation, slot, document, [one for one in document.variants if one.key != key], by)


def publish_slot(organisation: Organisation, *, slot_id: int, by: Actor | None) -> SlotVersion:
    """Let visitors see the draft, as a version that never changes; the same once more goes on after a pause.

    Raises NotFound, Invalid with what is missing.
    """
    with transaction.atomic():
        slot = lock_slot(slot_id)
        document = read_document(slot.draft)
        faults = list_faults(organisation, document)
        if faults:
            raise Invalid(" ".join(faults))
        last: SlotVersion | None = SlotVersion.objects.filter(slot=slot).order_by("-number").first()
        stored = write_document(document)
        if last is None or last.document != stored:
            last = SlotVersion.objects.create(
                organisation=organisation,
                slot=slot,
                number=last.number + 1 if last else 1,
                document=stored,
                published_by=by if isinstance(by, User) else None,
            )
        slot.published_number, slot.status = last.number, SlotStatus.LIVE
        slot.save(update_fields=["published_number", "status", "updated_at"])
        audit.record(organisation, by, "slot.publish", slot, after={"version": last.number})
    return last


def pause_slot(organisation: Organisation, *, slot_id: int, by: Actor | None) -> Slot:
    """Leave the place to the site's own content. Raises NotFound, Conflict for a draft."""
    with transaction.atomic():
        slot = lock_slot(slot_id)
        if slot.status == SlotStatus.DRAFT:
            raise Conflict(_("This slot was never published."))
        if slot.status != SlotStatus.PAUSED:
            slot.status = SlotStatus.PAUSED
            slot.save(update_fields=["status", "updated_at"])
            audit.record(organisation, by, "slot.pause", slot)
    return slot


def archive_slot(organisation: Organisation, *, slot_id: int, by: Actor | None) -> Slot:
    """Put a slot away; the place is left to the site. Raises NotFound."""
    with transaction.atomic():
        slot = lock_slot(slot_id, archived=True)
        if slot.archived_at is None:
            slot.archived_at = timezone.now()
            if slot.status == SlotStatus.LIVE:
                slot.status = SlotStatus.PAUSED
            slot.save(update_fields=["archived_at", "status", "updated_at"])
            audit.record(organisation, by, "slot.archive", slot)
    return slot


def restore_slot(organisation: Organisation, *, slot_id: int, by: Actor | None) -> Slot:
    """Bring a slot back that was put away; it stays paused until it is published. Raises NotFound."""
    with transaction.atomic():
        slot = lock_slot(slot_id, archived=True)
        if slot.archived_at is not None:
            slot.archived_at = None
            slot.save(update_fields=["archived_at", "updated_at"])
            audit.record(organisation, by, "slot.restore", slot)
    return slot


def list_faults(organisation: Organisation, document: Document) -> list[str]:
    """Return what keeps a draft from being published, in words. A query for the forms, and those of choices."""
    faults = []
    if not document.variants:
        faults.append(_("Add a variant: without one the place shows what it always shows."))
    words = slot_vocabulary()
    forms = forms_of(organisation, document)
    for one in document.variants:
        names = {"name": one.name}
        if not one.html.strip() and one.form_id is None and not one.shows_next:
            faults.append(_("“%(name)s” says nothing.") % names)
        if one.form_id is not None and (one.form_id not in forms or not forms[one.form_id].is_open):
            faults.append(_("“%(name)s” shows a form that is archived, closed or was never published.") % names)
        try:
            if one.condition:
                check(dict(one.condition), words)
        except Invalid as refusal:
            problems = " ".join(str(text) for text in refusal.fields.values())
            faults.append(_("“%(name)s” fits nobody: %(problems)s") % {**names, "problems": problems})
    faults += list(_goal_faults(document.goal).values())
    return faults


def forms_of(organisation: Organisation, document: Document) -> dict[int, LeadForm]:
    """Return the forms that variants show and that are still there. One query."""
    wanted = {one.form_id for one in document.variants if one.form_id is not None}
    found = LeadForm.objects.filter(organisation=organisation, archived_at=None, pk__in=wanted)
    return {one.pk: one for one in found} if wanted else {}


def lock_slot(slot_id: int, *, archived: bool = False) -> Slot:
    """Return a slot, to be changed by nobody else until the transaction ends. Raises NotFound."""
    found = Slot.objects.select_for_update(of=("self",)).filter(pk=slot_id)
    slot: Slot | None = (found if archived else found.filter(archived_at=None)).first()
    if slot is None:
        raise NotFound
    return slot


def _keep(
    organisation: Organisation, slot: Slot, document: Document, variants: Sequence[Variant], by: Actor | None
) -> None:
    changed = document.with_variants(variants)
    slot.draft = write_document(changed)
    slot.save(update_fields=["draft", "updated_at"])
    audit.record(organisation, by, "slot.draft", slot, before=_told(document), after=_told(changed))


def _make_variant(key: str, values: VariantInput) -> Variant:
    fields: dict[str, str] = {}
    name = " ".join(values.name.split())
    if not name or len(name) > LONGEST_NAME or not is_storable(name):
        fields["name"] = _("Give a name of at most %(n)s characters.") % {"n": LONGEST_NAME}
    if len(values.html) > LONGEST_HTML or not is_storable(values.html):
        fields["html"] = _("At most %(n)s characters of HTML.") % {"n": LONGEST_HTML}
    elif unknown := find_unknown(values.html):
        fields["html"] = _("Unknown: %(marks)s. A variant may only say: %(known)s.") % {
            "marks": ", ".join(f"{{{{ {one} }}}}" for one in unknown),
            "known": ", ".join(MARKS),
        }
    elif is_within_tag(clean_html(values.html)):
        fields["html"] = _("Words that depend on the visitor stand in a text, not within a tag.")
    if values.starts_on and values.ends_on and values.ends_on < values.starts_on:
        fields["ends_on"] = _("It would end before it begins.")
    if values.form_id is not None and not LeadForm.objects.filter(pk=values.form_id).exists():
        fields["form"] = _("Choose a form.")
    if fields:
        raise Invalid(fields=fields)
    if values.condition:
        check(dict(values.condition), slot_vocabulary())
    return Variant(
        key=key,
        name=name,
        html=clean_html(values.html),
        form_id=values.form_id,
        condition=values.condition,
        starts_on=values.starts_on,
        ends_on=values.ends_on,
        shows_next=values.shows_next,
    )


def _goal_faults(goal: Goal) -> dict[str, str]:
    fields: dict[str, str] = {}
    if goal.window_days not in WINDOWS:
        fields["window_days"] = _("Choose one of the periods.")
    if goal.kind == GoalKind.FORM:
        if goal.value and not LeadForm.objects.filter(code=goal.value).exists():
            fields["goal"] = _("The form of the goal does not exist, or no longer.")
    elif goal.kind == GoalKind.KIND:
        if goal.value == KIND or not InteractionKind.objects.filter(code=goal.value).exists():
            fields["goal"] = _("The kind of interaction of the goal does not exist, or no longer.")
    elif goal.kind != GoalKind.STAGE or goal.value not in STAGES:
        fields["goal"] = _("Choose a form, a kind of interaction or a stage.")
    return fields


def _clean_name(name: str) -> str:
    clean = " ".join(name.split())
    if not clean or len(clean) > LONGEST_NAME or not is_storable(clean):
        raise Invalid(fields={"name": _("Give a name of at most %(n)s characters.") % {"n": LONGEST_NAME}})
    return clean


def _clean_key(key: str) -> str:
    if not _KEY.fullmatch(key):
        words = _("A key is small letters, digits, “-” and “_”, at most 40: hero, pricing-top.")
        raise Invalid(fields={"key": words})
    if Slot.objects.filter(key=key).exists():
        raise Invalid(fields={"key": _("Another slot has this key.")})
    return key


def _told(document: Document) -> dict[str, Any]:
    stored = write_document(document)
    return {
        "variants": [one.name for one in document.variants],
        "texts": {one.name: one.html for one in document.variants},
        "conditions": {one["name"]: one["condition"] for one in stored["variants"]},
        "control_percent": document.control_percent,
        "goal": stored["goal"],
    }
