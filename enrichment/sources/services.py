"""What an admin says of a source: asked or not, in which order, with which key, at what price; and its test."""

from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from enrichment.sources.choices import list_chosen
from enrichment.sources.keys import ending_of
from enrichment.sources.models import SourceChoice
from enrichment.sources.registry import Source, find_source
from prm.organisations import audit
from prm.organisations.models import Organisation, User
from prm.work.errors import Conflict, NotFound
from prm.work.sealing import seal
from prm.work.wakeups import wake

TEST_QUEUE = "source"


class Way(StrEnum):
    """Where a source moves among those that stand in for each other."""

    UP = "up"
    DOWN = "down"


def get_source(name: str) -> Source:
    """Return a source by its name; raises NotFound."""
    source = find_source(name)
    if source is None:
        raise NotFound
    return source


def change_source(
    organisation: Organisation, *, name: str, is_on: bool, cost: Decimal | None, key: str = "", by: User
) -> SourceChoice:
    """Say whether a source is asked and what a question costs; an empty key leaves the one there is. NotFound."""
    source = get_source(name)
    with transaction.atomic():
        choice = _lock(organisation, name)
        before = _told(choice)
        choice.is_on, choice.cost = is_on or not source.has_switch, cost if source.is_counted else None
        if key and source.key is not None:
            _set_key(choice, key)
        choice.save()
        audit.record(organisation, by, "enrichment.source", choice, before=before, after=_told(choice))
    return choice


def forget_key(organisation: Organisation, *, name: str, by: User) -> SourceChoice:
    """Remove an organisation's own key; raises NotFound, and Conflict where there is none."""
    get_source(name)
    with transaction.atomic():
        choice = _lock(organisation, name)
        if not choice.sealed_key:
            raise Conflict(_("There is no key to remove."))
        _set_key(choice, "")
        choice.save()
        audit.record(organisation, by, "enrichment.source_key_forget", choice)
    return choice


def move_source(organisation: Organisation, *, name: str, way: Way, by: User) -> None:
    """Let a source change places with its neighbour among those that stand in for each other. Raises NotFound."""
    source = get_source(name)
    if not source.group:
        raise NotFound
    with transaction.atomic():
        names = [one.source.name for one in list_chosen(organisation.pk) if one.source.group == source.group]
        index = names.index(name)
        other = index + (1 if way == Way.DOWN else -1)
        if not 0 <= other < len(names):
            return
        before = list(names)
        names[index], names[other] = names[other], names[index]
        choices = {one: _lock(organisation, one) for one in sorted(names)}
        for place, one in enumerate(names):
            choices[one].place = place
            choices[one].save(update_fields=["place"])
        audit.record(
            organisation, by, "enrichment.source_order", choices[name], before={"order": before}, after={"order": names}
        )


def request_test(organisation: Organisation, *, name: str, by: User) -> SourceChoice:
    """Let a worker ask the source a harmless question; one under way is not asked for twice. Raises NotFound."""
    source = get_source(name)
    if source.probe is None:
        raise NotFound
    with transaction.atomic():
        choice = _lock(organisation, name)
        if not choice.is_being_tested:
            choice.test_asked_at, choice.tested_at, choice.test = timezone.now(), None, {}
            choice.save(update_fields=["test_asked_at", "tested_at", "test"])
            audit.record(organisation, by, "enrichment.source_test", choice)
        # Again, should the first message have been lost.
        wake(organisation.pk, TEST_QUEUE)
    return choice


def _lock(organisation: Organisation, name: str) -> SourceChoice:
    SourceChoice.objects.bulk_create([SourceChoice(organisation=organisation, source=name)], ignore_conflicts=True)
    return SourceChoice.objects.select_for_update().get(organisation=organisation, source=name)


def _told(choice: SourceChoice) -> dict[str, Any]:
    """Return what the audit log may say of a choice: of a key, when it was set and how it ends."""
    return {name: getattr(choice, name) for name in ("is_on", "cost", "key_ending", "key_set_at")}


def _set_key(choice: SourceChoice, key: str) -> None:
    choice.sealed_key = seal(key) if key else ""
    choice.key_ending = ending_of(key)
    choice.key_set_at = timezone.now() if key else None
    # What was said of the former key says nothing of this one.
    choice.test_asked_at, choice.tested_at, choice.test = None, None, {}
