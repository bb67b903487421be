"""What people and keys do with enrichment actions: plan, change, move, put away and bring back."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from prm.organisations import audit
from prm.organisations.audit import Actor
from prm.organisations.models import Membership, Organisation, User
from prm.work.errors import Invalid, NotFound
from prm.work.texts import is_storable
from touchpoints.actions.models import EnrichmentAction, Status
from touchpoints.models import Touchpoint

# What people set on an action, and what the audit shows of it.
FIELDS = (
    "touchpoint_id",
    "title",
    "description",
    "lever",
    "owner_id",
    "due_on",
    "cost_cents",
    "status",
    "began_on",
    "done_on",
)
# One that was put away can be brought back for so long.
KEPT_DELETED = timedelta(days=1)


def create_action(organisation: Organisation, *, values: Mapping[str, Any], by: Actor | None) -> EnrichmentAction:
    """Plan an action. Raises Invalid."""
    action = EnrichmentAction(organisation=organisation, created_by=by if isinstance(by, User) else None)
    with transaction.atomic():
        _set(action, values, by)
        _check(action, {})
        action.save()
        audit.record(organisation, by, "enrichment_action.create", action, after=_told(action))
    return action


def update_action(
    organisation: Organisation, *, action_id: int, values: Mapping[str, Any], by: Actor | None
) -> EnrichmentAction:
    """Change what `values` name; a state brings its days along where they are not given. Raises NotFound, Invalid."""
    with transaction.atomic():
        action = _lock(action_id)
        before, told = _values(action), _told(action)
        _set(action, values, by)
        if _values(action) != before:
            _check(action, before)
            action.save()
            audit.record(organisation, by, "enrichment_action.update", action, before=told, after=_told(action))
    return action


def delete_action(organisation: Organisation, *, action_id: int, by: Actor | None) -> EnrichmentAction:
    """Put an action away; for a day it can be brought back. Raises NotFound."""
    with transaction.atomic():
        action = _lock(action_id)
        EnrichmentAction.objects.filter(deleted_at__lt=timezone.now() - KEPT_DELETED).delete()
        action.deleted_at = timezone.now()
        action.save(update_fields=["deleted_at"])
        audit.record(organisation, by, "enrichment_action.delete", action, before=_told(action))
    return action


def restore_action(organisation: Organisation, *, action_id: int, by: Actor | None) -> EnrichmentAction:
    """Bring an action back that was put away; one that was not stays as it is. Raises NotFound."""
    with transaction.atomic():
        action = _lock(action_id, deleted=True)
        if action.deleted_at is not None:
            action.deleted_at = None
            action.save(update_fields=["deleted_at"])
            audit.record(organisation, by, "enrichment_action.restore", action, after=_told(action))
    return action


def _lock(action_id: int, *, deleted: bool = False) -> EnrichmentAction:
    found = EnrichmentAction.objects.select_for_update(of=("self",)).select_related("touchpoint").filter(pk=action_id)
    action: EnrichmentAction | None = (found if deleted else found.filter(deleted_at=None)).first()
    if action is None:
        raise NotFound
    return action


def _set(action: EnrichmentAction, values: Mapping[str, Any], by: Actor | None) -> None:
    was = action.status
    for name, value in values.items():
        if name not in FIELDS:
            raise ValueError(f"{name} is nothing that is set on an action")
        setattr(action, name, " ".join(value.split()) if name == "title" else value)
    _refuse_days_too_many(action, values)
    _date(action, timezone.localdate())
    if action.status != was:
        action.done_by = by if action.status == Status.DONE and isinstance(by, User) else None


def _refuse_days_too_many(action: EnrichmentAction, values: Mapping[str, Any]) -> None:
    """Refuse a day that the state has no room for, rather than lose what was typed."""
    fields = {}
    if values.get("began_on") and action.status == Status.TODO:
        fields["began_on"] = _("What is still to do has not begun: choose another state.")
    if values.get("done_on") and action.status != Status.DONE:
        fields["done_on"] = _("Only what is done has this day: choose another state.")
    if fields:
        raise Invalid(fields=fields)


def _date(action: EnrichmentAction, today: date) -> None:
    """Give an action the days its state wants: they begin and end today unless told otherwise."""
    if action.status == Status.TODO:
        action.began_on = None
    elif action.began_on is None:
        action.began_on = min(action.done_on or today, today)
    if action.status != Status.DONE:
        action.done_on = None
    elif action.done_on is None:
        action.done_on = today


def _check(action: EnrichmentAction, before: Mapping[str, Any]) -> None:
    """Refuse what cannot be. An owner or touchpoint that left stays where it was."""
    fields: dict[str, str] = {}
    try:
        action.clean_fields(exclude={"organisation", "owner", "touchpoint"})
    except ValidationError as error:
        fields = {name: " ".join(texts) for name, texts in error.message_dict.items()}
    for name in ("title", "description"):
        if name not in fields and not is_storable(getattr(action, name)):
            fields[name] = _("This text holds characters that cannot be stored.")
    if action.cost_cents is not None and not 0 <= action.cost_cents < 10**12:
        fields["cost_cents"] = _("A cost is zero or more.")
    members, inventory = Membership.objects.all(), Touchpoint.objects.filter(archived_at=None)
    owner_id = action.owner_id if action.owner_id != before.get("owner_id") else None
    if owner_id and not members.filter(user_id=owner_id).exists():
        fields["owner"] = _("Choose a member of the organisation.")
    is_moved = action.touchpoint_id != before.get("touchpoint_id", 0)
    if is_moved and not inventory.filter(pk=action.touchpoint_id).exists():
        fields["touchpoint"] = _("Choose a touchpoint of the inventory.")
    today = timezone.localdate()
    for name in ("began_on", "done_on"):
        day = getattr(action, name)
        if name not in fields and day is not None and day > today:
            fields[name] = _("This day is still to come.")
    if not fields and action.began_on and action.done_on and action.done_on < action.began_on:
        fields["done_on"] = _("It cannot be done before it began.")
    if fields:
        raise Invalid(fields=fields)


def _values(action: EnrichmentAction) -> dict[str, Any]:
    return {name: getattr(action, name) for name in FIELDS}


def _told(action: EnrichmentAction) -> dict[str, Any]:
    """Return what the audit shows: names where the table has ids."""
    values = _values(action)
    values["touchpoint"] = Touchpoint.objects.values_list("name", flat=True).get(pk=values.pop("touchpoint_id"))
    owner = User.objects.filter(pk=values.pop("owner_id")).first()
    return {**values, "owner": str(owner) if owner else None}
