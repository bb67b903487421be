"""When what happened is seen otherwise: whoever keeps something made of the log works it out anew for these people.

New interactions need none of this: consumers read them. It is for those already read whose verdict changed.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from contacts.segments.keeping import QUEUE as SEGMENTS
from prm.organisations.models import Organisation
from prm.work.sql import fetch, run
from prm.work.wakeups import wake
from touchpoints.models import Verdict

# Called with the people, who may be none, and the interactions that no longer count.
Follower = Callable[[Organisation, Sequence[int], Sequence[int]], None]
_followers: list[Follower] = []


def on_recount(follower: Follower) -> None:
    """Say what is worked out anew, in the transaction of the change; called from AppConfig.ready, lower apps first."""
    if follower not in _followers:
        _followers.append(follower)


def recount(organisation: Organisation, *, contact_ids: Sequence[int], gone_ids: Sequence[int]) -> None:
    """Work out anew what depends on the acts of these people, of which some interactions count for nothing now.

    Last acts, and the stage of those whom only such an act made prospects; then what rooms and apps above keep. Of
    acts that are nobody's known, only these are told.
    """
    if contact_ids:
        params = {"organisation_id": organisation.pk, "contact_ids": list(contact_ids), "gone_ids": list(gone_ids)}
        run("touchpoints/date_last_acts_anew", params)
        run("touchpoints/disengage_suspects", params)
        run("touchpoints/touch_recounted", params)
        wake(organisation.pk, SEGMENTS)
    for follower in _followers if contact_ids or gone_ids else ():
        follower(organisation, contact_ids, gone_ids)


def correct_acts(
    organisation: Organisation, *, contact_id: int, kind: str, told: tuple[str, str], verdict: Verdict
) -> int:
    """Let a contact's acts of a kind, told by one of their properties, have a verdict; return how many changed.

    Whatever is made of them follows, now or as consumers read them. In the caller's transaction. Acts of visits have
    their visit's (touchpoints.tracking.corrections).
    """
    name, value = told
    params = {"organisation_id": organisation.pk, "contact_id": contact_id, "kind": kind, "verdict": str(verdict)}
    rows = fetch("touchpoints/correct_acts", {**params, "name": name, "value": value})
    follow_corrected(organisation, rows)
    return len(rows)


def follow_corrected(organisation: Organisation, rows: Iterable[tuple[Any, ...]]) -> None:
    """Let what is made of acts follow whose verdict was corrected: (id, contact_id, counted before, counts now)."""
    changed = list(rows)
    gone = [(number, contact_id) for number, contact_id, counted, _counts in changed if counted]
    if any(counts for *_row, counts in changed):
        wake(organisation.pk, "react")
    people = sorted({contact_id for _number, contact_id in gone if contact_id is not None})
    recount(organisation, contact_ids=people, gone_ids=[number for number, _contact in gone])
