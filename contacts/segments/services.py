"""What people do with segments."""

from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from contacts.segments.keeping import QUEUE
from contacts.segments.matching import people_vocabulary
from contacts.segments.models import Segment, SegmentDue, SegmentKind
from prm.conditions.documents import check
from prm.organisations import audit
from prm.organisations.audit import Actor
from prm.organisations.models import Organisation, User
from prm.work.errors import Invalid, NotFound
from prm.work.wakeups import wake

LONGEST_NAME = 120


@dataclass(frozen=True)
class SegmentInput:
    """What a member says of a segment."""

    name: str
    condition: dict[str, Any] = field(default_factory=dict)
    kind: str = SegmentKind.LIVING
    description: str = ""


def create_segment(organisation: Organisation, *, values: SegmentInput, by: Actor) -> Segment:
    """Create a segment, to be filled by a worker at once. Raises Invalid."""
    with transaction.atomic():
        segment = Segment(organisation=organisation, created_by=by if isinstance(by, User) else None)
        _set_values(segment, values)
        segment.save()
        audit.record(organisation, by, "segment.create", segment, after=_audited(segment))
        wake(organisation.pk, QUEUE)
    return segment


def update_segment(organisation: Organisation, *, segment_id: int, values: SegmentInput, by: Actor) -> Segment:
    """Change a segment; when its condition or kind changes, everybody is looked at again. Raises Invalid."""
    with transaction.atomic():
        segment = lock_segment(segment_id)
        before, asked = _audited(segment), (segment.condition, segment.kind)
        _set_values(segment, values)
        if asked != (segment.condition, segment.kind):
            segment.needs_filling = True
            wake(organisation.pk, QUEUE)
        segment.save()
        audit.record(organisation, by, "segment.update", segment, before=before, after=_audited(segment))
    return segment


def duplicate_segment(organisation: Organisation, *, segment_id: int, by: Actor) -> Segment:
    """Create another segment with the same condition, under a name of its own."""
    with transaction.atomic():
        source = lock_segment(segment_id)
        copy = Segment(
            organisation=organisation,
            name=_free_name(source.name),
            description=source.description,
            kind=source.kind,
            condition=source.condition,
            created_by=by if isinstance(by, User) else None,
        )
        copy.save()
        audit.record(organisation, by, "segment.duplicate", copy, after={**_audited(copy), "from": source.name})
        wake(organisation.pk, QUEUE)
    return copy


def archive_segment(organisation: Organisation, *, segment_id: int, by: Actor) -> Segment:
    """Put a segment away: it stays as it is now, and nobody enters or leaves it any more."""
    with transaction.atomic():
        segment = lock_segment(segment_id)
        if segment.archived_at is None:
            segment.archived_at = timezone.now()
            segment.save(update_fields=["archived_at", "updated_at"])
            SegmentDue.objects.filter(segment=segment).delete()
            audit.record(organisation, by, "segment.archive", segment)
    return segment


def restore_segment(organisation: Organisation, *, segment_id: int, by: Actor) -> Segment:
    """Take a segment back into use; a living one is brought up to date, a fixed one is as it was."""
    with transaction.atomic():
        segment = lock_segment(segment_id)
        if segment.archived_at is not None:
            segment.archived_at = None
            segment.needs_filling = segment.needs_filling or segment.is_living
            segment.save(update_fields=["archived_at", "needs_filling", "updated_at"])
            audit.record(organisation, by, "segment.restore", segment)
            wake(organisation.pk, QUEUE)
    return segment


def delete_segment(organisation: Organisation, *, segment_id: int, by: Actor) -> str:
    """Remove a segment with the stays in it; what the log says of it stays. Return its name."""
    with transaction.atomic():
        segment = lock_segment(segment_id)
        audit.record(organisation, by, "segment.delete", segment, before={**_audited(segment), "size": segment.size})
        Segment.objects.filter(pk=segment.pk).delete()
    return segment.name


def lock_segment(segment_id: int) -> Segment:
    """Return a segment nobody else changes meanwhile, or raise NotFound."""
    segment: Segment | None = Segment.objects.select_for_update(of=("self",)).filter(pk=segment_id).first()
    if segment is None:
        raise NotFound
    return segment


def _set_values(segment: Segment, values: SegmentInput) -> None:
    problems: dict[str, str] = {}
    name = values.name.strip()
    if not name or len(name) > LONGEST_NAME or "\x00" in name:
        problems["name"] = _("Give a name of at most %(n)s characters.") % {"n": LONGEST_NAME}
    elif Segment.objects.filter(name=name).exclude(pk=segment.pk).exists():
        problems["name"] = _("Another segment has this name.")
    if values.kind not in SegmentKind.values:
        problems["kind"] = _("A segment is living or fixed.")
    try:
        check(values.condition, people_vocabulary())
    except Invalid as refusal:
        problems |= {place: str(text) for place, text in refusal.fields.items()}
    if problems:
        raise Invalid(_("This segment cannot be kept."), fields=problems)
    segment.name, segment.kind, segment.condition = name, values.kind, values.condition
    segment.description = values.description.replace("\x00", "").strip()[:250]


def _free_name(name: str) -> str:
    taken = set(Segment.objects.values_list("name", flat=True))
    for n in range(1, len(taken) + 2):
        ending = _(" (copy)") if n == 1 else _(" (copy %(n)s)") % {"n": n}
        free = name[: LONGEST_NAME - len(ending)] + ending
        if free not in taken:
            break
    return free


def _audited(segment: Segment) -> dict[str, Any]:
    return {name: getattr(segment, name) for name in ("name", "description", "kind", "condition")}
