"""The lifecycle: which stage may follow which, and the one way to move contacts, with its ledger."""

from collections.abc import Iterable
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet
from psycopg.types.json import Jsonb

from contacts.models import Cause, Contact, Stage
from prm.organisations import audit
from prm.organisations.audit import Actor
from prm.organisations.models import Organisation, User
from prm.work.sql import fetch

# From a stage to those that may follow. Only sales accepts, so "accepted" follows "mql" alone; whoever buys is
# a customer wherever they were; "prospect" takes back what was recycled, reopened or won again.
FOLLOWS: dict[Stage, frozenset[Stage]] = {
    Stage.SUSPECT: frozenset({Stage.PROSPECT, Stage.MQL, Stage.CUSTOMER, Stage.DISQUALIFIED}),
    Stage.PROSPECT: frozenset({Stage.SUSPECT, Stage.MQL, Stage.CUSTOMER, Stage.DISQUALIFIED, Stage.LOST}),
    Stage.MQL: frozenset({Stage.PROSPECT, Stage.ACCEPTED, Stage.CUSTOMER, Stage.DISQUALIFIED, Stage.LOST}),
    Stage.ACCEPTED: frozenset({Stage.PROSPECT, Stage.MQL, Stage.CUSTOMER, Stage.DISQUALIFIED, Stage.LOST}),
    Stage.CUSTOMER: frozenset({Stage.PROSPECT, Stage.LOST}),
    Stage.DISQUALIFIED: frozenset({Stage.SUSPECT, Stage.PROSPECT, Stage.CUSTOMER}),
    Stage.LOST: frozenset({Stage.PROSPECT, Stage.CUSTOMER}),
}


def may_follow(from_stage: str, to_stage: str) -> bool:
    """Tell whether a contact may go from one stage to the other."""
    return Stage(to_stage) in FOLLOWS[Stage(from_stage)]


def stages_before(to_stage: str) -> list[str]:
    """Return the stages from which one may come to this one, in the order of the lifecycle."""
    return [stage.value for stage in Stage if may_follow(stage, to_stage)]


def change_stage(
    organisation: Organisation,
    contacts: "Iterable[int] | QuerySet[Contact]",
    *,
    to: str,
    cause: str,
    by: Actor | None = None,
    detail: dict[str, Any] | None = None,
    only_from: Iterable[str] | None = None,
) -> list[int]:
    """Move contacts to a stage and write the ledger, in one statement; return the ids of those that moved.

    Those already there, or whose stage does not allow it (`only_from` narrows further), stay as they are. Locks
    the contacts' rows in the order of their ids. `by` a person, or a key's name, writes to the audit log.
    """
    allowed = [stage for stage in stages_before(to) if only_from is None or stage in set(only_from)]
    ids = contacts.values_list("pk", flat=True) if isinstance(contacts, QuerySet) else contacts
    with transaction.atomic():
        rows = fetch(
            "contacts/change_stage",
            {
                "organisation_id": organisation.pk,
                "contact_ids": list(ids),
                "to_stage": str(to),
                "allowed": allowed,
                "cause": str(cause),
                "detail": Jsonb(detail or {}),
                "by_id": by.pk if isinstance(by, User) else None,
            },
        )
        if by is not None and rows:
            _audit(organisation, by, rows, str(to), detail or {})
    return [int(contact_id) for contact_id, _from_stage in rows]


def begin_lifecycle(organisation: Organisation, contact: Contact, *, cause: str, by: Actor | None) -> None:
    """Write the first row of a new contact's ledger: '' -> its stage."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO contacts_stagechange (organisation_id, contact_id, from_stage, to_stage, cause, detail, by_id)"
            " VALUES (%s, %s, '', %s, %s, '{}', %s)",
            [organisation.pk, contact.pk, contact.stage, str(cause), by.pk if isinstance(by, User) else None],
        )


def _audit(organisation: Organisation, by: Actor, rows: list[tuple[Any, ...]], to: str, detail: dict[str, Any]) -> None:
    if len(rows) > 1:
        after = {"stage": to, "contacts": len(rows), **detail}
        audit.record(organisation, by, "contact.change_stage", label=str(len(rows)), after=after)
        return
    contact_id, from_stage = rows[0]
    contact = Contact.objects.get(pk=contact_id)
    audit.record(
        organisation, by, "contact.change_stage", contact, before={"stage": from_stage}, after={"stage": to, **detail}
    )


__all__ = ["FOLLOWS", "Cause", "begin_lifecycle", "change_stage", "may_follow", "stages_before"]
