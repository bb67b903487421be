"""Passing hot prospects to sales, and taking back those who may no longer be called: sets, inside a transaction."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from psycopg.types.json import Jsonb

from contacts.models import Cause, Stage
from contacts.services import change_stage
from prm.organisations.models import Organisation
from prm.webhooks.services import tell_many
from prm.work.sql import fetch
from prm.work.wakeups import wake
from scoring.handoffs.terms import get_terms
from scoring.models import Axis
from scoring.rulesets import Ruleset
from scoring.scores import Contribution, explain_many
from touchpoints.models import Verdict
from touchpoints.recording import NewInteraction, record

# Whom sales rejected does not come back before.
REJECTED_FOR = timedelta(days=90)
# Reasons written down with a handoff: what a rep reads in three lines.
REASONS = 3

# What is woken when a call is due.
CLOCK = "handoff"
# What webhooks are told.
OPENED = "handoff.opened"

Ready = tuple[int, float, float, float]


def open_for(ruleset: Ruleset, contact_ids: Sequence[int], *, at: datetime) -> int:
    """Open a handoff for those of these contacts who are ready; return how many. Scores are written already."""
    ready = find_ready(ruleset, at=at, chosen="s.contact_id = ANY (%(contact_ids)s::bigint[])", contact_ids=contact_ids)
    return open_handoffs(ruleset, ready, at=at)


def find_ready(ruleset: Ruleset, *, at: datetime, chosen: str, most: int | None = None, **params: Any) -> list[Ready]:
    """Return (contact, intent, fit, total) of the contacts ready for sales; locks them."""
    values = {
        "organisation_id": ruleset.organisation.pk,
        "minimum_fit": ruleset.minimum_fit,
        "now": at,
        "rejected_after": at - REJECTED_FOR,
        "most": most,
        **params,
    }
    return [(row[0], row[1], row[2], row[3]) for row in fetch("scoring/find_ready", values, chosen=chosen)]


def open_handoffs(ruleset: Ruleset, ready: Sequence[Ready], *, at: datetime) -> int:
    """Hand these contacts over: handoff with its evidence, stage with ledger, a line in the log. Return how many."""
    if not ready:
        return 0
    organisation = ruleset.organisation
    why = explain_many(ruleset, [row[0] for row in ready], at=at)
    terms = get_terms(organisation)
    due_at, warn_at = terms.due_at(at), terms.warn_at(at)
    opened = fetch(
        "scoring/open_handoffs",
        {
            "organisation_id": organisation.pk,
            "model_number": ruleset.number,
            "now": at,
            "due_at": due_at,
            "warn_at": warn_at,
            "contract_number": terms.number,
            "contact_ids": [row[0] for row in ready],
            "intents": [row[1] for row in ready],
            "fits": [row[2] for row in ready],
            "totals": [row[3] for row in ready],
            "evidence": [Jsonb(evidence(why.get(row[0], []))) for row in ready],
        },
    )
    totals = {row[0]: row[3] for row in ready}
    change_stage(
        organisation,
        [contact_id for _id, contact_id in opened],
        to=Stage.MQL,
        cause=Cause.RULE,
        detail={"model": ruleset.number},
        only_from=[Stage.PROSPECT],
    )
    record(
        organisation,
        [
            NewInteraction(
                "handoff_opened",
                contact_id=contact_id,
                verdict=Verdict.SYSTEM,
                properties={"handoff": handoff_id, "total": totals[contact_id]},
            )
            for handoff_id, contact_id in opened
        ],
    )
    if opened:
        wake(organisation.pk, CLOCK, due_at=warn_at)
        wake(organisation.pk, CLOCK, due_at=due_at)
    tell_many(organisation, OPENED, [handoff_id for handoff_id, _contact_id in opened])
    return len(opened)


def evidence(contributions: Sequence[Contribution]) -> list[dict[str, Any]]:
    """Return why somebody is hot in few lines, as a handoff keeps them: what was done first, then who they are."""
    for_them = [one for one in contributions if one.points > 0]
    acts = [one for one in for_them if one.rule.axis == Axis.INTENT]
    traits = [one for one in for_them if one.rule.axis == Axis.FIT]
    return [
        {
            "rule": one.rule.name,
            "kind": one.rule.kind,
            "points": round(one.points, 1),
            "occurrences": one.occurrences,
            "last_at": one.last_at.isoformat() if one.last_at else None,
        }
        for one in (*acts, *traits)[:REASONS]
    ]


def withdraw_for(organisation: Organisation, contact_ids: Sequence[int], *, at: datetime) -> int:
    """Take back the open handoffs of those of these contacts who may no longer be called; return how many."""
    return withdraw(
        organisation, at=at, chosen="h.contact_id = ANY (%(contact_ids)s::bigint[])", contact_ids=contact_ids
    )


def withdraw_cooled(organisation: Organisation, contact_ids: Sequence[int], *, at: datetime) -> int:
    """Take back the handoffs nobody has claimed yet of those of these contacts who are not hot any more.

    For acts that turn out to be nobody's: whoever cools down by time alone stays with sales. Return how many.
    """
    params = {"organisation_id": organisation.pk, "contact_ids": list(contact_ids), "now": at}
    contacts = [row[0] for row in fetch("scoring/withdraw_cooled", params)]
    _take_back(organisation, contacts)
    return len(contacts)


def withdraw(organisation: Organisation, *, at: datetime, chosen: str, **params: Any) -> int:
    """Take back open handoffs that may no longer be worked; those still MQL are prospects again. Return how many."""
    values = {"organisation_id": organisation.pk, "now": at, **params}
    contacts = [row[0] for row in fetch("scoring/withdraw_handoffs", values, chosen=chosen)]
    _take_back(organisation, contacts)
    return len(contacts)


def _take_back(organisation: Organisation, contact_ids: Sequence[int]) -> None:
    """Let MQLs whose handoff is withdrawn be prospects again."""
    if contact_ids:
        change_stage(
            organisation,
            contact_ids,
            to=Stage.PROSPECT,
            cause=Cause.RULE,
            detail={"withdrawn": True},
            only_from=[Stage.MQL],
        )
