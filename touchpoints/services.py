"""What people and keys change: touchpoints, the meaning of kinds, acts noted by hand."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from contacts.models import Contact
from prm.organisations import audit
from prm.organisations.audit import Actor
from prm.organisations.models import Membership, Organisation, User
from prm.work.errors import Conflict, Invalid, NotFound
from prm.work.texts import is_storable
from touchpoints.kinds import BUILT_IN, BY_HAND, INTERNAL, NEVER_ACTS, name_of
from touchpoints.models import InteractionKind, Touchpoint
from touchpoints.ratings.history import note_change
from touchpoints.ratings.models import RATED, Aspect, Rating
from touchpoints.recording import KIND_SHAPE, NewInteraction, record

# What people set on a touchpoint, and what the audit shows of it.
FIELDS = (
    "code",
    "name",
    "channel",
    "description",
    "direction",
    "importance",
    "objective_quality",
    "perceived_quality",
    "is_entry_point",
    "is_moment_of_truth",
    "owner_id",
    "monthly_cost_cents",
)


def create_touchpoint(organisation: Organisation, *, values: Mapping[str, Any], by: Actor | None) -> Touchpoint:
    """Add a touchpoint; without a code it gets one from its name. Raises Invalid."""
    touchpoint = Touchpoint(organisation=organisation)
    with transaction.atomic():
        _set(touchpoint, values)
        touchpoint.code = touchpoint.code or _free_code(touchpoint.name)
        _check_and_save(touchpoint)
        _note_ratings(touchpoint, {}, by)
        audit.record(organisation, by, "touchpoint.create", touchpoint, after=_values(touchpoint))
    return touchpoint


def update_touchpoint(
    organisation: Organisation, *, touchpoint_id: int, values: Mapping[str, Any], by: Actor | None
) -> Touchpoint:
    """Change what `values` name. Raises NotFound; Invalid, for a rating too that members or surveys settle."""
    with transaction.atomic():
        touchpoint = lock_touchpoint(touchpoint_id)
        before = _values(touchpoint)
        _set(touchpoint, values)
        if _values(touchpoint) != before:
            _refuse_settled(touchpoint, before)
            _check_and_save(touchpoint)
            _note_ratings(touchpoint, before, by)
            audit.record(organisation, by, "touchpoint.update", touchpoint, before=before, after=_values(touchpoint))
    return touchpoint


def archive_touchpoint(organisation: Organisation, *, touchpoint_id: int, by: Actor | None) -> Touchpoint:
    """Take a touchpoint out of the inventory; its interactions and rules stay."""
    return _set_archived(organisation, touchpoint_id, timezone.now(), by)


def restore_touchpoint(organisation: Organisation, *, touchpoint_id: int, by: Actor | None) -> Touchpoint:
    """Put an archived touchpoint back."""
    return _set_archived(organisation, touchpoint_id, None, by)


def set_kind(
    organisation: Organisation, *, code: str, engages: bool, activates: bool, name: str = "", by: Actor | None
) -> InteractionKind:
    """Say what a kind of interaction means from now on. Raises NotFound, Invalid for kinds that are no act."""
    if not is_storable(name):
        raise Invalid(fields={"name": _("This text holds characters that cannot be stored.")})
    if code in NEVER_ACTS and (engages or activates):
        raise Invalid(fields={"kind": _("“%(kind)s” is not an act of the person.") % {"kind": name_of(code)}})
    with transaction.atomic():
        kind = InteractionKind.objects.select_for_update().filter(code=code).first()
        if kind is None:
            raise NotFound
        before = _kind_values(kind)
        kind.engages, kind.activates = engages, activates
        if code not in BUILT_IN:
            kind.name = name.strip()[:80]
        if _kind_values(kind) != before:
            kind.save(update_fields=["engages", "activates", "name"])
            audit.record(
                organisation,
                by,
                "interaction_kind.update",
                kind,
                label=name_of(kind),
                before=before,
                after=_kind_values(kind),
            )
    return kind


@dataclass(frozen=True)
class KindSettings:
    """What an organisation says of a kind; the name only counts for its own kinds."""

    engages: bool
    activates: bool
    name: str = ""


def set_kinds(organisation: Organisation, *, settings: Mapping[str, KindSettings], by: Actor | None) -> None:
    """Say what several kinds mean, all or none. Raises as `set_kind` does."""
    with transaction.atomic():
        for code, one in sorted(settings.items()):
            is_act = code not in NEVER_ACTS
            set_kind(
                organisation,
                code=code,
                engages=one.engages and is_act,
                activates=one.activates and is_act,
                name=one.name,
                by=by,
            )


def add_kind(
    organisation: Organisation, *, code: str, name: str, engages: bool, activates: bool, by: Actor | None
) -> InteractionKind:
    """Add a kind of the organisation's own. Raises Invalid for a shape that no interaction could have."""
    code = code.strip().lower()
    if not KIND_SHAPE.fullmatch(code):
        raise Invalid(fields={"code": _("Lower-case letters, digits and underscores, beginning with a letter.")})
    if not name.strip():
        raise Invalid(fields={"name": _("Say what people read.")})
    with transaction.atomic():
        if InteractionKind.objects.filter(code=code).exists():
            raise Invalid(fields={"code": _("This kind exists already.")})
        kind = InteractionKind(
            organisation=organisation, code=code, name=name.strip()[:80], engages=engages, activates=activates
        )
        _save_or_conflict(kind)
        audit.record(organisation, by, "interaction_kind.create", kind, after=_kind_values(kind))
    return kind


def add_interaction(
    organisation: Organisation,
    *,
    contact_id: int,
    kind: str,
    by: User,
    touchpoint_id: int | None = None,
    occurred_at: datetime | None = None,
    note: str = "",
) -> int:
    """Note what happened with a person (a call, a meeting, an event); return the interaction's id.

    Raises NotFound for a contact or touchpoint of nobody here, Invalid for a kind that is not noted by hand or a
    moment to come.
    """
    if kind not in BY_HAND and (kind in BUILT_IN or kind in INTERNAL or not KIND_SHAPE.fullmatch(kind)):
        raise Invalid(fields={"kind": _("This is not noted by hand.")})
    if occurred_at is not None and occurred_at > timezone.now():
        raise Invalid(fields={"occurred_at": _("This moment is still to come.")})
    with transaction.atomic():
        contact = Contact.objects.filter(pk=contact_id).first()
        if contact is None or (touchpoint_id and not Touchpoint.objects.filter(pk=touchpoint_id).exists()):
            raise NotFound
        properties = {"note": note.strip()[:2000], "noted_by": str(by)}
        ids = record(
            organisation,
            [
                NewInteraction(
                    kind,
                    contact_id=contact.pk,
                    touchpoint_id=touchpoint_id,
                    occurred_at=occurred_at,
                    properties={key: value for key, value in properties.items() if value},
                )
            ],
        )
        after = {"kind": kind, "occurred_at": occurred_at or timezone.now(), "interaction": ids[0], **properties}
        audit.record(organisation, by, "interaction.add", contact, after=after)
    return int(ids[0] or 0)


def lock_touchpoint(touchpoint_id: int) -> Touchpoint:
    """Return a touchpoint that nobody else changes until the transaction ends; raises NotFound."""
    touchpoint: Touchpoint | None = Touchpoint.objects.select_for_update().filter(pk=touchpoint_id).first()
    if touchpoint is None:
        raise NotFound
    return touchpoint


def _set_archived(organisation: Organisation, touchpoint_id: int, at: datetime | None, by: Actor | None) -> Touchpoint:
    with transaction.atomic():
        touchpoint = lock_touchpoint(touchpoint_id)
        if touchpoint.merged_into_id is not None:
            raise Conflict(_("It is part of another touchpoint now."))
        if (touchpoint.archived_at is None) != (at is None):
            before = {"archived_at": touchpoint.archived_at}
            touchpoint.archived_at = at
            touchpoint.save(update_fields=["archived_at", "updated_at"])
            action = "touchpoint.archive" if at else "touchpoint.restore"
            audit.record(organisation, by, action, touchpoint, before=before, after={"archived_at": at})
    return touchpoint


def _set(touchpoint: Touchpoint, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        if name not in FIELDS:
            raise ValueError(f"{name} is nothing that is set on a touchpoint")
        setattr(touchpoint, name, " ".join(value.split()) if name == "name" else value)


def _refuse_settled(touchpoint: Touchpoint, before: Mapping[str, Any]) -> None:
    """Refuse to set what follows from the ratings of members, or from surveys."""
    changed = [aspect for aspect in RATED if getattr(touchpoint, aspect.value) != before[aspect.value]]
    refused: dict[str, str] = {}
    if changed:
        rated = set(Rating.objects.filter(touchpoint=touchpoint, aspect__in=changed).values_list("aspect", flat=True))
        refused = {one: _("It follows from what members say: each rates for themselves.") for one in rated}
        if Aspect.PERCEIVED in changed and touchpoint.perceived_answers:
            refused[Aspect.PERCEIVED.value] = _("Perceived quality follows from what people answer in surveys.")
    if refused:
        raise Invalid(fields=refused)


def _note_ratings(touchpoint: Touchpoint, before: Mapping[str, Any], by: Actor | None) -> None:
    for aspect in RATED:
        note_change(touchpoint, aspect, by=by, value=(before.get(aspect.value), getattr(touchpoint, aspect.value)))


def _check_and_save(touchpoint: Touchpoint) -> None:
    _check(touchpoint)
    _save_or_conflict(touchpoint)


def _check(touchpoint: Touchpoint) -> None:
    fields: dict[str, str] = {}
    try:
        touchpoint.clean_fields(exclude={"organisation", "owner"})
    except ValidationError as error:
        fields = {name: " ".join(texts) for name, texts in error.message_dict.items()}
    for name in ("code", "name", "description"):
        if name not in fields and not is_storable(getattr(touchpoint, name) or ""):
            fields[name] = _("This text holds characters that cannot be stored.")
    if touchpoint.monthly_cost_cents is not None and not 0 <= touchpoint.monthly_cost_cents < 10**12:
        fields["monthly_cost_cents"] = _("A cost is zero or more.")
    if touchpoint.owner_id and not Membership.objects.filter(user_id=touchpoint.owner_id).exists():
        fields["owner"] = _("Choose a member of the organisation.")
    if "code" not in fields and Touchpoint.objects.filter(code=touchpoint.code).exclude(pk=touchpoint.pk).exists():
        fields["code"] = _("Another touchpoint has this API name.")
    if fields:
        raise Invalid(fields=fields)


def _save_or_conflict(row: Touchpoint | InteractionKind) -> None:
    """Save; somebody who took the same code in the meantime is a conflict."""
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise Conflict from error


def _free_code(name: str) -> str:
    """Return a code made of the name that no touchpoint has: "trade-show", then "trade-show-2"."""
    stem = slugify(re.sub(r"[’']", " ", name))[:50].strip("-") or "touchpoint"
    taken = set(Touchpoint.objects.filter(code__startswith=stem).values_list("code", flat=True))
    number, code = 1, stem
    while code in taken:
        number += 1
        code = f"{stem}-{number}"
    return code


def _values(touchpoint: Touchpoint) -> dict[str, Any]:
    return {name: getattr(touchpoint, name) for name in FIELDS}


def _kind_values(kind: InteractionKind) -> dict[str, Any]:
    return {"name": kind.name, "engages": kind.engages, "activates": kind.activates}
