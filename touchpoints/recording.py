"""The one way into the log: validated, idempotent, append-only, in sets."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from psycopg.types.json import Jsonb

from prm.organisations.models import Organisation
from prm.work.wakeups import wake
from touchpoints.kinds import new_kind
from touchpoints.models import InteractionKind, Verdict

# How long a key is remembered.
KEY_DAYS = 400
KIND_SHAPE = re.compile(r"[a-z][a-z0-9_]{1,39}")


@dataclass(frozen=True)
class NewInteraction:
    """Something that happened. `key` makes it count once, however often it is sent."""

    kind: str
    contact_id: int | None = None
    visitor_id: str | None = None
    touchpoint_id: int | None = None
    occurred_at: datetime | None = None
    key: str | None = None
    verdict: str = Verdict.HUMAN
    properties: dict[str, Any] = field(default_factory=dict)


def record(organisation: Organisation, interactions: Sequence[NewInteraction]) -> list[int | None]:
    """Append to the log; return each one's id, or None where its key was known already.

    One without a touchpoint gets that of the first rule it fits (touchpoints.recognition); what PRM itself notes does
    not. The caller has checked kinds (`KIND_SHAPE`), times and that contacts and touchpoints are the organisation's;
    the database refuses foreign ones all the same. Four statements, whatever the number. Wakes the consumers.
    """
    if not interactions:
        return []
    with transaction.atomic():
        fresh = _claim_keys(organisation, interactions)
        _register_kinds(organisation, {one.kind for one in interactions})
        ids = _insert(organisation, [interactions[index] for index in fresh])
        if fresh:
            wake(organisation.pk, "react")
    result: list[int | None] = [None] * len(interactions)
    for index, number in zip(fresh, ids, strict=True):
        result[index] = number
    return result


def _claim_keys(organisation: Organisation, interactions: Sequence[NewInteraction]) -> list[int]:
    """Return the indexes of those not recorded before; two of one key in one call count once."""
    first: dict[str, int] = {}
    for index, one in enumerate(interactions):
        if one.key is not None:
            first.setdefault(one.key, index)
    claimed: set[str] = set()
    if first:
        with connection.cursor() as cursor:
            # Sorted, so that two calls with the same keys wait for each other instead of deadlocking.
            cursor.execute(
                "INSERT INTO touchpoints_interactionkey (organisation_id, key) SELECT %s, unnest(%s::text[])"
                " ON CONFLICT DO NOTHING RETURNING key",
                [organisation.pk, sorted(first)],
            )
            claimed = {row[0] for row in cursor.fetchall()}
    return [
        index
        for index, one in enumerate(interactions)
        if one.key is None or (one.key in claimed and first[one.key] == index)
    ]


def _register_kinds(organisation: Organisation, codes: set[str]) -> None:
    """Make kinds met for the first time known, so that the organisation can say what they mean."""
    known = set(InteractionKind.objects.filter(code__in=codes).values_list("code", flat=True))
    InteractionKind.objects.bulk_create(
        [new_kind(organisation, code) for code in sorted(codes - known)],
        ignore_conflicts=True,
    )


def _insert(organisation: Organisation, rows: Sequence[NewInteraction]) -> list[int]:
    if not rows:
        return []
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO touchpoints_interaction"
            " (organisation_id, contact_id, visitor_id, touchpoint_id, kind, verdict, occurred_at, properties)"
            " SELECT %s, v.contact_id, v.visitor_id, coalesce(v.touchpoint_id, r.touchpoint_id), v.kind, v.verdict,"
            " v.occurred_at, v.properties"
            " FROM unnest(%s::bigint[], %s::uuid[], %s::bigint[], %s::text[], %s::text[], %s::timestamptz[],"
            " %s::jsonb[]) WITH ORDINALITY"
            " AS v (contact_id, visitor_id, touchpoint_id, kind, verdict, occurred_at, properties, n)"
            " LEFT JOIN LATERAL touchpoints_recognise(%s, v.kind, v.properties) AS r"
            " ON v.touchpoint_id IS NULL AND v.verdict <> 'system'"
            " ORDER BY v.n RETURNING id",
            [
                organisation.pk,
                [row.contact_id for row in rows],
                [row.visitor_id for row in rows],
                [row.touchpoint_id for row in rows],
                [row.kind for row in rows],
                [str(row.verdict) for row in rows],
                [row.occurred_at or now for row in rows],
                [Jsonb(row.properties) for row in rows],
                organisation.pk,
            ],
        )
        return [int(row[0]) for row in cursor.fetchall()]


def make_partitions(months_ahead: int = 3) -> int:
    """Make the log's monthly partitions up to so many months from now; return how many were missing."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT touchpoints_make_partitions(now()::date, (now() + make_interval(months => %s))::date)",
            [months_ahead],
        )
        return int(cursor.fetchone()[0])


def forget_old_keys(*, older_than_days: int = KEY_DAYS, batch_size: int = 5000, batches: int = 200) -> int:
    """Delete keys received so long ago, of every organisation, in batches each committed; return how many.

    An interaction sent again after that would count again. What `batches` leaves is for the next time.
    """
    before, forgotten = timezone.now() - timedelta(days=older_than_days), 0
    for _batch in range(batches):
        with connection.cursor() as cursor:
            cursor.execute("SELECT touchpoints_forget_keys(%s, %s)", [before, batch_size])
            found = int(cursor.fetchone()[0])
        forgotten += found
        if found < batch_size:
            break
    return forgotten
