"""When what happened is seen otherwise: whoever keeps something made of the log works it out anew for these people.

New interactions need none of this: consumers read them. It is for those already read whose verdict changed.
"""

from collections.abc import Callable, Sequence

from contacts.segments.keeping import QUEUE as SEGMENTS
from prm.organisations.models import Organisation
from prm.work.sql import run
from prm.work.wakeups import wake

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
