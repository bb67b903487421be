"""Reads for pages of slots."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import F, Func, QuerySet, TextField, Value
from django.utils.translation import gettext

from prm.organisations.links import org_reverse
from prm.organisations.models import Organisation
from prm.web.finding import MOST_FOUND, Found
from prm.work.errors import NotFound
from touchpoints.lead_forms.models import LeadForm
from touchpoints.slots.document import Document, read_document
from touchpoints.slots.models import Slot, SlotAsk, SlotVersion

# Places that a site asks for and nobody made, the latest.
MOST_UNKNOWN = 5


@dataclass(frozen=True)
class Row:
    """One slot of the list: what is published, and which site asked for it last."""

    slot: Slot
    document: Document
    ask: SlotAsk | None


def list_rows(organisation: Organisation, *, is_archived: bool = False) -> list[Row]:
    """Return the slots by name. Three queries."""
    found = Slot.objects.filter(organisation=organisation, archived_at__isnull=not is_archived)
    slots = list(found.order_by("name", "pk"))
    asks = _last_asks(organisation, [slot.key for slot in slots])
    return [Row(slot, read_document(slot.draft), asks.get(slot.key)) for slot in slots]


def count_archived(organisation: Organisation) -> int:
    """Return how many slots were put away."""
    return Slot.objects.filter(organisation=organisation, archived_at__isnull=False).count()


def list_unknown(organisation: Organisation) -> list[SlotAsk]:
    """Return places that pages ask for and that nobody made, the latest first. One query."""
    known = Slot.objects.filter(organisation=organisation).values("key")
    found = SlotAsk.objects.filter(organisation=organisation).exclude(key__in=known)
    return list(found.select_related("site").order_by("-last_at", "-pk")[:MOST_UNKNOWN])


def get_slot(organisation: Organisation, slot_id: int) -> Slot:
    """Return a slot, or raise NotFound. One query."""
    slot: Slot | None = Slot.objects.filter(organisation=organisation, pk=slot_id).first()
    if slot is None:
        raise NotFound
    return slot


def list_asks(slot: Slot) -> list[SlotAsk]:
    """Return which sites' pages asked for a slot, the latest first. One query."""
    found = SlotAsk.objects.filter(organisation=slot.organisation_id, key=slot.key)
    return list(found.select_related("site").order_by("-last_at", "-pk")[:5])


def list_versions(slot: Slot) -> list[SlotVersion]:
    """Return what was published, the newest first. One query."""
    found = SlotVersion.objects.filter(organisation=slot.organisation_id, slot=slot)
    return list(found.select_related("published_by").order_by("-number")[:20])


def list_forms(organisation: Organisation) -> "QuerySet[LeadForm]":
    """Return the forms a variant may show: those that can be filled in."""
    return LeadForm.objects.filter(organisation=organisation, archived_at=None, status="live").order_by("name")


def find_slots(organisation: Organisation, words: str) -> list[Found]:
    """Return slots by a part of their name, accents and case ignored, for the palette. One query."""
    folded = Func(F("name"), function="contacts_fold", output_field=TextField())
    wanted = Func(Value(words), function="contacts_fold", output_field=TextField())
    found = Slot.objects.filter(organisation=organisation, archived_at=None).annotate(folded=folded)
    return [
        Found(one.name, org_reverse(organisation, "slots:slot_detail", one.pk), "split", gettext("Slot"))
        for one in found.filter(folded__contains=wanted).order_by("name")[:MOST_FOUND]
    ]


def _last_asks(organisation: Organisation, keys: Sequence[str]) -> dict[str, SlotAsk]:
    found = SlotAsk.objects.filter(organisation=organisation, key__in=keys).select_related("site")
    return {one.key: one for one in found.order_by("key", "-last_at").distinct("key")}
