"""Reads of enrichment actions: the board, those of a touchpoint, and the effect of one that is done."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from prm.organisations.models import Organisation
from prm.work.errors import NotFound
from prm.work.sql import fetch
from touchpoints.actions.effects import Effect, Mean, Window, windows_of
from touchpoints.actions.models import EnrichmentAction, Status

# The board shows the newest of what is done, until all of it is asked for.
MOST_DONE = 20


@dataclass(frozen=True)
class Filters:
    """What narrows the board; empty values narrow nothing."""

    touchpoint_id: int | None = None
    channel: str = ""
    owner_id: int | None = None


@dataclass(frozen=True)
class Column:
    """One column: its actions, and how many there are where not all are shown."""

    status: Status
    actions: Sequence[EnrichmentAction]
    total: int

    @property
    def hidden(self) -> int:
        """How many are not shown."""
        return self.total - len(self.actions)

    @property
    def late(self) -> int:
        """How many should have been done before today."""
        return sum(one.is_late for one in self.actions)


@dataclass(frozen=True)
class Board:
    """The three columns; `planned` counts all actions there are, filters or not."""

    columns: tuple[Column, ...]
    planned: int

    @property
    def late(self) -> int:
        """How many are late."""
        return sum(column.late for column in self.columns)

    @property
    def open(self) -> int:
        """How many are still to do or under way."""
        return sum(column.total for column in self.columns if column.status != Status.DONE)

    @property
    def shown(self) -> int:
        """How many the filters let through."""
        return sum(column.total for column in self.columns)


def list_actions(organisation: Organisation) -> QuerySet[EnrichmentAction]:
    """Return the actions that are not put away, with touchpoint and owner; those of archived touchpoints too."""
    return EnrichmentAction.objects.filter(organisation=organisation, deleted_at=None).select_related(
        "touchpoint", "owner"
    )


def get_action(organisation: Organisation, action_id: int) -> EnrichmentAction:
    """Return one action; raises NotFound."""
    found: EnrichmentAction | None = list_actions(organisation).select_related("done_by").filter(pk=action_id).first()
    if found is None:
        raise NotFound
    return found


def get_board(organisation: Organisation, filters: Filters, *, all_done: bool = False) -> Board:
    """Return the board over the touchpoints in use. One query: actions are planned by hand, there are some tens."""
    everything = list(list_actions(organisation).filter(touchpoint__archived_at=None))
    found = [one for one in everything if _matches(one, filters)]
    columns = []
    for status in Status:
        actions = sorted((one for one in found if one.status == status), key=_place)
        shown = actions if all_done or status != Status.DONE else actions[:MOST_DONE]
        columns.append(Column(status, shown, len(actions)))
    return Board(tuple(columns), len(everything))


def list_of_touchpoint(organisation: Organisation, touchpoint_id: int) -> list[EnrichmentAction]:
    """Return a touchpoint's actions: under way, to do, done."""
    order = {Status.DOING: 0, Status.TODO: 1, Status.DONE: 2}
    found = list_actions(organisation).filter(touchpoint_id=touchpoint_id)
    return sorted(found, key=lambda one: (order[Status(one.status)], *_place(one)))


def measure_effect(action: EnrichmentAction, *, days: int, today: date) -> Effect | None:
    """Return what changed at the touchpoint; None for one that is not done, or not a week ago. Two statements."""
    if action.began_on is None or action.done_on is None:
        return None
    windows = windows_of(action.began_on, action.done_on, days=days, today=today)
    if windows is None:
        return None
    before, after = windows
    params = {
        "organisation_id": action.organisation_id,
        "touchpoint_id": action.touchpoint_id,
        "before_from": _midnight(before.first),
        "before_upto": _midnight(before.last + timedelta(days=1)),
        "after_from": _midnight(after.first),
        "after_upto": _midnight(after.last + timedelta(days=1)),
    }
    counted = {row[0]: row[1:] for row in fetch("touchpoints/measure_effect", params)}
    said = {row[0]: Mean(int(row[1]), *map(float, row[2:])) for row in fetch("touchpoints/compare_answers", params)}
    return Effect(
        _filled(before, counted.get(False)),
        _filled(after, counted.get(True)),
        action.cost_cents,
        said.get(False, Mean()),
        said.get(True, Mean()),
    )


def list_beside(action: EnrichmentAction, effect: Effect) -> list[EnrichmentAction]:
    """Return the other actions at the touchpoint that were under way in the days an effect looks at. One query."""
    others = EnrichmentAction.objects.filter(
        Q(done_on=None) | Q(done_on__gte=effect.before.first),
        touchpoint_id=action.touchpoint_id,
        deleted_at=None,
        began_on__lte=effect.after.last,
    )
    return list(others.exclude(pk=action.pk).order_by("began_on", "pk"))


def _filled(window: Window, row: Sequence[Any] | None) -> Window:
    if row is None:
        return window
    interactions, squares, people, converted = (int(value) for value in row)
    return replace(window, interactions=interactions, squares=squares, people=people, converted=converted)


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _matches(action: EnrichmentAction, filters: Filters) -> bool:
    return (
        filters.touchpoint_id in {None, action.touchpoint_id}
        and filters.channel in {"", action.touchpoint.channel}
        and filters.owner_id in {None, action.owner_id}
    )


def _place(action: EnrichmentAction) -> tuple[date, str, int]:
    """Return what orders a column: the nearest due day first, and of what is done the newest."""
    if action.done_on:
        return date.min + (date.max - action.done_on), action.title.casefold(), action.pk
    return action.due_on or date.max, action.title.casefold(), action.pk
