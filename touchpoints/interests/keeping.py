"""Keeping interests up to date: by the log's consumer, and by a worker for what changes without a new interaction.

One of them at a time works on an organisation: both hold the consumer's cursor. What is to be worked out anew is on a
list (Reconsidered) written in the transaction of the change; whatever is taken off it is worked out in the same one.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.db import transaction

from prm.organisations.models import Organisation
from prm.work.sql import fetch, statement
from prm.work.wakeups import horizon, settle, wake
from touchpoints.consuming import IN_BATCH, Batch
from touchpoints.interests.models import USUAL_HALF_LIFE_DAYS, InterestSetting, Reconsidered
from touchpoints.models import ConsumerCursor

# The name of the consumer in prm/reactions.py.
CONSUMER = "interests"
QUEUE = "interest"
# Interactions and contacts worked out anew in one transaction.
BATCH_SIZE = 1000
_OF_IDS = "i.organisation_id = %(organisation_id)s AND i.id = ANY (%(interaction_ids)s::bigint[])"
# After how many days half of an act's weight is left, in statements that have the organisation's id.
HALF_LIFE = (
    "coalesce((SELECT h.half_life_days FROM interests_interestsetting h"
    f" WHERE h.organisation_id = %(organisation_id)s), {USUAL_HALF_LIFE_DAYS})"
)
_CHOSEN = "= ANY (%(contact_ids)s::bigint[])"
_RANGE = "> %(after_id)s AND {column} <= %(upto_id)s"

# Called before acts get their themes: the organisation, a condition on `touchpoints_interaction i`, its parameters.
Reader = Callable[[Organisation, str, Mapping[str, Any]], None]
_readers: list[Reader] = []
_sources: list[str] = []


def register_reader(reader: Reader, source: str) -> None:
    """Let another room read the same interactions first, and say what it knows of their themes; from AppConfig.ready.

    `source` is a SELECT of (id, theme_id) for the interactions of the FROM item `acts a`.
    """
    if source not in _sources:
        _readers.append(reader)
        _sources.append(source)


def follow_acts(batch: Batch) -> None:
    """Let new interactions count in people's interests. Three statements, and those of other rooms' readers."""
    organisation = batch.organisation
    keep_contacts(organisation, give_themes(organisation, IN_BATCH, batch.params))


def give_themes(organisation: Organisation, which: str, params: Mapping[str, Any]) -> list[int]:
    """Say of some interactions which themes they are of; return the contacts for whom that changed something."""
    for reader in _readers:
        reader(organisation, which, params)
    sources = "".join(f" UNION {source}" for source in _sources)
    rows = fetch(
        "touchpoints/write_themed_acts",
        {**params, "organisation_id": organisation.pk},
        which=which,
        sources=sources,
    )
    return [row[0] for row in rows]


def keep_contacts(organisation: Organisation, contact_ids: Sequence[int]) -> int:
    """Work out the interests of these contacts; return how many changed. One statement."""
    return _keep(organisation, _CHOSEN, _CHOSEN, {"contact_ids": list(contact_ids)}) if contact_ids else 0


def keep_range(organisation: Organisation, *, after_id: int, upto_id: int) -> int:
    """Work out the interests of all contacts in a range of ids; return how many changed. One statement."""
    acts, kept = (_RANGE.replace("{column}", column) for column in ("a.contact_id", "t.contact_id"))
    return _keep(organisation, acts, kept, {"after_id": after_id, "upto_id": upto_id})


def _keep(organisation: Organisation, acts: str, kept: str, params: Mapping[str, Any]) -> int:
    weighed = weighing("a.contact_id", f"a.contact_id {acts}")
    values = {**params, "organisation_id": organisation.pk}
    rows = fetch("touchpoints/keep_interests", values, weighed=weighed, kept=f"t.contact_id {kept}")
    return int(rows[0][0])


def weighing(person: str, whose: str) -> str:
    """Return the statement that weighs acts, for the people `whose` (a condition on `interests_themedact a`) means."""
    text = statement("touchpoints/weigh_interests")
    return text.replace("{person}", person).replace("{whose}", whose).replace("{half_life}", HALF_LIFE)


def half_life_of(organisation: Organisation) -> int:
    """Return after how many days half of an act's weight is left. One query."""
    found = InterestSetting.objects.filter(organisation=organisation).values_list("half_life_days", flat=True).first()
    return USUAL_HALF_LIFE_DAYS if found is None else int(found)


# --- What changes without a new interaction ----------------------------------------------------------


def reconsider(
    organisation: Organisation, *, interaction_ids: Iterable[int] = (), contact_ids: Iterable[int] = ()
) -> None:
    """Let a worker work these out anew: acts that count otherwise now, people whose acts are others now."""
    rows = [Reconsidered(organisation=organisation, interaction_id=one) for one in interaction_ids]
    rows += [Reconsidered(organisation=organisation, person_id=one) for one in contact_ids]
    if rows:
        Reconsidered.objects.bulk_create(rows)
        wake(organisation.pk, QUEUE)


def reconsider_due(organisation: Organisation) -> int:
    """Work out what is on the list; return how many entries that were. In the scope, by a worker."""
    below, done = horizon(), 0
    while True:
        with transaction.atomic():
            hold_cursor(organisation)
            rows = fetch("touchpoints/take_reconsidered", {"organisation_id": organisation.pk, "most": BATCH_SIZE})
            if not rows:
                break
            interactions = sorted({one for one, _contact in rows if one is not None})
            contacts = {one for _interaction, one in rows if one is not None}
            if interactions:
                contacts |= set(give_themes(organisation, _OF_IDS, _ids(organisation, interactions)))
            keep_contacts(organisation, sorted(contacts))
        done += len(rows)
    settle(organisation.pk, QUEUE, below=below)
    return done


def _ids(organisation: Organisation, interaction_ids: list[int]) -> dict[str, Any]:
    return {"organisation_id": organisation.pk, "interaction_ids": interaction_ids}


def hold_cursor(organisation: Organisation) -> None:
    """Keep the consumer, and whoever else works interests out, waiting until the transaction ends."""
    ConsumerCursor.objects.bulk_create(
        [ConsumerCursor(organisation=organisation, consumer=CONSUMER)], ignore_conflicts=True
    )
    ConsumerCursor.objects.select_for_update().get(consumer=CONSUMER)


def reconsider_recounted(organisation: Organisation, contact_ids: Sequence[int], gone_ids: Sequence[int]) -> None:
    """Let acts that count for nothing now be left out (touchpoints.recounting)."""
    reconsider(organisation, interaction_ids=gone_ids, contact_ids=contact_ids)


def reconsider_merged(organisation: Organisation, contact_ids: list[int]) -> None:
    """Let what merged contacts did weigh together, and apart again where that is undone (contacts.doubles)."""
    reconsider(organisation, contact_ids=contact_ids)


def reconsider_lengthened(organisation: Organisation, interaction_ids: Sequence[int]) -> None:
    """Let pages weigh as long as they were looked at, which is known only when they are left (touchpoints.tracking)."""
    reconsider(organisation, interaction_ids=interaction_ids)
