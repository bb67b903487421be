"""What of an organisation's slots is published, compiled once and kept by each web process until something changes.

What a site's key stands for is asked with every request, and with it a stamp of all slots: another stamp is another
plan. Lists that conditions are checked against (tags, segments, touchpoints) have no stamp: a plan is made anew after a
minute.
"""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from prm.conditions.compiling import ActsSet, Compiled, compile_condition
from prm.organisations.models import Organisation
from touchpoints.lead_forms.models import LeadForm
from touchpoints.slots.cleaning import form_html
from touchpoints.slots.document import Variant, read_document
from touchpoints.slots.facts import FROM, slot_vocabulary
from touchpoints.slots.marks import has_marks
from touchpoints.slots.models import Slot, SlotStatus, SlotVersion

KEPT_SECONDS = 60.0
# Plans of one process; beyond, the oldest goes.
MOST_PLANS = 500
CONTACT_IDS = "%(contact_ids)s::bigint[]"


@dataclass(frozen=True)
class LiveVariant:
    """A published variant, ready to be asked for."""

    variant: Variant
    compiled: Compiled
    # With the frame of its form.
    html: str
    has_marks: bool


@dataclass(frozen=True)
class LiveSlot:
    """A published slot."""

    pk: int
    key: str
    version: int
    control_percent: int
    variants: tuple[LiveVariant, ...]


@dataclass
class Plan:
    """All that is published of an organisation."""

    stamp: int
    made_at: float
    time_zone: str
    slots: dict[str, LiveSlot]
    _asked: dict[tuple[str, ...], "Question"] = field(default_factory=dict)

    def question(self, keys: tuple[str, ...]) -> "Question":
        """Return what has to be asked for some slots at once; put together once for the same ones."""
        if keys not in self._asked:
            if len(self._asked) > 200:
                self._asked.clear()
            self._asked[keys] = make_question([self.slots[key] for key in keys])
        return self._asked[keys]


@dataclass(frozen=True)
class Question:
    """One statement that tells of each variant of some slots whether it fits."""

    sql: str
    params: dict[str, Any]
    # Where the answer of each variant stands in the row: (slot's key, variant's key).
    columns: tuple[tuple[str, str], ...]
    asks_marks: bool


# What marks say of the company: its activity code and département.
_MARK_COLUMNS = "co.naf_code, co.department"


def make_question(slots: Sequence[LiveSlot]) -> Question:
    """Put the conditions of some slots into one statement over one row."""
    parts: list[str] = []
    params: dict[str, Any] = {}
    sets: list[ActsSet] = []
    columns: list[tuple[str, str]] = []
    for slot in slots:
        for one in slot.variants:
            parts.append(one.compiled.sql)
            params |= one.compiled.params
            sets += one.compiled.sets
            columns.append((slot.key, one.variant.key))
    asks_marks = any(one.has_marks for slot in slots for one in slot.variants)
    if asks_marks:
        parts.append(_MARK_COLUMNS)
    whole = Compiled("TRUE", params, (), tuple(sets))
    sql = whole.select(", ".join(parts) or "TRUE", FROM, "TRUE", ids=CONTACT_IDS)
    return Question(sql, params, tuple(columns), asks_marks)


_plans: dict[int, Plan] = {}
_lock = threading.Lock()


def plan_of(organisation_id: int, stamp: int) -> Plan:
    """Return the plan of an organisation, in its scope; three queries and those of choices where it is not kept."""
    now = time.monotonic()
    kept = _plans.get(organisation_id)
    if kept is not None and kept.stamp == stamp and now - kept.made_at < KEPT_SECONDS:
        return kept
    organisation = Organisation.objects.get(pk=organisation_id)
    plan = Plan(stamp, now, organisation.time_zone, load_slots(organisation))
    with _lock:
        while len(_plans) >= MOST_PLANS:
            _plans.pop(min(_plans, key=lambda one: _plans[one].made_at))
        _plans[organisation_id] = plan
    return plan


def load_slots(organisation: Organisation) -> dict[str, LiveSlot]:
    """Return what is published, by key."""
    live = Slot.objects.filter(organisation=organisation, status=SlotStatus.LIVE, archived_at=None)
    slots = list(live.order_by("key"))
    versions = {
        (one.slot_id, one.number): one for one in SlotVersion.objects.filter(organisation=organisation, slot__in=slots)
    }
    if not slots:
        return {}
    words, now = slot_vocabulary(), timezone.now()
    documents = {
        slot.key: (slot, read_document(versions[slot.pk, slot.published_number].document))
        for slot in slots
        if slot.published_number is not None and (slot.pk, slot.published_number) in versions
    }
    wanted = {one.form_id for _slot, document in documents.values() for one in document.variants if one.form_id}
    forms = LeadForm.objects.filter(organisation=organisation, archived_at=None).in_bulk(wanted) if wanted else {}
    found: dict[str, LiveSlot] = {}
    for key, (slot, document) in documents.items():
        variants = []
        for number, one in enumerate(document.variants):
            prefix, zone = f"s{slot.pk}v{number}", organisation.time_zone
            compiled = compile_condition(dict(one.condition), words, prefix=prefix, now=now, time_zone=zone)
            variants.append(make_live(one, compiled, forms))
        found[key] = LiveSlot(slot.pk, key, slot.published_number or 0, document.control_percent, tuple(variants))
    return found


def make_live(variant: Variant, compiled: Compiled, forms: dict[int, LeadForm]) -> LiveVariant:
    """Return a variant ready to be asked for; a form that is gone leaves its place empty."""
    form = forms.get(variant.form_id or 0)
    html = variant.html + (form_html(form) if form is not None and form.is_open else "")
    return LiveVariant(variant, compiled, html, has_marks(html))


def today_in(time_zone: str) -> date:
    """Return today's date there."""
    return timezone.localdate(timezone=ZoneInfo(time_zone))
