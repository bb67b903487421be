"""Giving past interactions their touchpoint: a job over the whole log, a stretch at a time."""

from collections.abc import Callable

from django.db import transaction

from contacts.segments.keeping import QUEUE as SEGMENTS
from prm.organisations.models import Organisation
from prm.work.jobs import JobRun
from prm.work.sql import fetch
from prm.work.wakeups import wake

# Interactions looked at in one transaction.
STRETCH = 20_000
# Below every number a log can have.
_BEGINNING = -(2**62)

Follower = Callable[[Organisation], None]
_followers: list[Follower] = []


def register_follower(follower: Follower) -> None:
    """Call this once past interactions changed their touchpoint, in a transaction; from AppConfig.ready.

    For whoever keeps something that depends on where people acted: nothing in the log tells of it.
    """
    _followers.append(follower)


def run_homes(run: JobRun) -> None:
    """Carry out a job: in the log's own order, from where it was left. Stopped, it keeps what it gave."""
    organisation, result = run.organisation, run.result
    result.update(run.job.result)
    done = int(result.get("looked_at", 0))
    run.advance(done=done, total=max(_estimate(organisation), done))
    try:
        while (read := _give(run)) > 0:
            done += read
            run.advance(done=done)
    finally:
        follow(organisation, given=int(result.get("given", 0)))


def _give(run: JobRun) -> int:
    """Hold one stretch against the rules; return how many interactions it had."""
    result = run.result
    after = result.get("after", [_BEGINNING, 0])
    with transaction.atomic():
        params = {
            "organisation_id": run.organisation.pk,
            "after_transaction": after[0],
            "after_id": after[1],
            "most": STRETCH,
        }
        ((read, last_transaction, last_id, given),) = fetch("touchpoints/give_homes", params)
        if read:
            result["after"] = [last_transaction, last_id]
            result["looked_at"] = int(result.get("looked_at", 0)) + read
            result["given"] = int(result.get("given", 0)) + given
            type(run.job).objects.filter(pk=run.job.pk).update(result=result)
    return int(read)


def follow(organisation: Organisation, *, given: int) -> None:
    """Let what depends on touchpoints be brought up to date, where so many interactions changed theirs."""
    if not given:
        return
    with transaction.atomic():
        wake(organisation.pk, SEGMENTS)
        for follower in _followers:
            follower(organisation)


def _estimate(organisation: Organisation) -> int:
    """Return how long the log is."""
    ((number,),) = fetch("touchpoints/count_log", {"organisation_id": organisation.pk})
    return int(number)
