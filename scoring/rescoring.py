"""Rescoring many: everybody after a publication and every night, and those whose profile changed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from contacts.models import Contact
from prm.organisations.models import Organisation
from prm.work.jobs import JobRun
from prm.work.sql import run
from scoring.handoffs.opening import find_ready, open_handoffs, withdraw
from scoring.published import hold_published
from scoring.rulesets import Ruleset
from scoring.scores import clock, note_crossings, rescore, scores_sql, write

JOB_KIND = "rescore"
# Contacts worked out in one pass over the log: their sums fit WORK_MEM.
RANGE_SIZE = 250_000
# Standings written in one transaction: a reaction waits this long at most (about 0.1 s).
SLICE_SIZE = 5_000
# The planner cannot know how many pairs of act and rule match, and sorts where hashing is much quicker.
COLLECT_SETTINGS = "SET LOCAL enable_sort = off; SET LOCAL work_mem = '160MB'"

RANGE = "{id} > %(after_id)s AND {id} <= %(upto_id)s"

Progress = Callable[[int], None]


class _SupersededError(Exception):
    """Another version was published meanwhile: what was worked out is of no use."""


def job_title(organisation: Organisation) -> str:
    """Return what the progress of a rescore is called, in the organisation's language."""
    with translation.override(organisation.language):
        return _("Rescoring")


def run_rescore(job: JobRun) -> None:
    """Rescore everybody, as a job with progress. Started again after its worker died, it begins anew."""
    total = Contact.objects.count()
    job.advance(done=0, total=total)
    job.result.update(rescore_all(job.organisation, advance=lambda done: job.advance(done=min(done, total))))


def rescore_all(
    organisation: Organisation, *, advance: Progress | None = None, at: datetime | None = None
) -> dict[str, int]:
    """Score every contact with the published version and write what changed.

    Notes who changed tier, withdraws and opens handoffs. Returns the counts. Memory does not grow with the base;
    reactions go on meanwhile. `advance` is called with the contacts done after each committed step.
    """
    while True:
        try:
            return _Rescore(organisation, advance or (lambda _done: None), at).carry_out()
        except _SupersededError:
            continue


class _Rescore:
    def __init__(self, organisation: Organisation, advance: Progress, at: datetime | None) -> None:
        self.organisation = organisation
        self.advance = advance
        self.at = at
        self.done = 0
        self.counts = {"contacts": 0, "changed": 0, "tiers": 0, "handoffs": 0}
        self.number = 0

    def carry_out(self) -> dict[str, int]:
        after = 0
        while (upto := end_of_range(self.organisation, after)) is not None:
            after = self._rescore_range(after, *upto)
        self._settle_handoffs()
        return self.counts

    def _rescore_range(self, after: int, upto: int, size: int) -> int:
        with _fresh_scores():
            with transaction.atomic():
                ruleset = hold_published(self.organisation)
                if ruleset is None:
                    return upto
                self._check(ruleset)
                at = self.at or clock()
                _collect(ruleset, after, upto, at)
            self._write(ruleset, at, size)
        self.counts["contacts"] += size
        self.done += size
        self.advance(self.done)
        return upto

    def _write(self, ruleset: Ruleset, at: datetime, size: int) -> None:
        slices = _slices()
        for number, (first, last) in enumerate(slices):
            params: dict[str, Any] = {**_write_params(ruleset, at), "first": first, "last": last}
            fresh = "SELECT * FROM scoring_fresh WHERE contact_id BETWEEN %(first)s AND %(last)s"
            with transaction.atomic():
                self._hold(ruleset)
                written = write(params, fresh=fresh, only_changed=True)
                self.counts["tiers"] += note_crossings(self.organisation, written)
            self.counts["changed"] += len(written)
            self.advance(self.done + size * number // len(slices))

    def _settle_handoffs(self) -> None:
        """Withdraw what may no longer be worked, and hand over whoever is ready, in the order of ids."""
        after = 0
        while True:
            with transaction.atomic():
                ruleset = hold_published(self.organisation)
                if ruleset is None:
                    return
                at = self.at or clock()
                if not after:
                    withdraw(self.organisation, at=at, chosen="TRUE")
                ready = find_ready(ruleset, at=at, chosen="s.contact_id > %(after)s", most=SLICE_SIZE, after=after)
                self.counts["handoffs"] += open_handoffs(ruleset, ready, at=at)
            if not ready:
                return
            after = ready[-1][0]
            self.advance(self.done)

    def _hold(self, ruleset: Ruleset) -> None:
        held = hold_published(self.organisation)
        if held is None or held.number != ruleset.number:
            raise _SupersededError

    def _check(self, ruleset: Ruleset) -> None:
        """Raise when earlier ranges were scored by another version."""
        if self.number and self.number != ruleset.number:
            raise _SupersededError
        self.number = ruleset.number


def rescore_changed(organisation: Organisation) -> int:
    """Score the contacts whose profile, or company, changed since they were scored; return how many.

    Newcomers among them. Cost: one pass over contacts and standings, then what changed.
    """
    after, count = 0, 0
    while True:
        with transaction.atomic():
            ruleset = hold_published(organisation)
            ids = _stale_ids(organisation, after) if ruleset else []
            if ruleset is None or not ids:
                return count
            at = clock()
            note_crossings(organisation, rescore(ruleset, ids, at=at))
            chosen = "s.contact_id = ANY (%(contact_ids)s::bigint[])"
            open_handoffs(ruleset, find_ready(ruleset, at=at, chosen=chosen, contact_ids=ids), at=at)
        after, count = ids[-1], count + len(ids)


def _stale_ids(organisation: Organisation, after: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.id FROM contacts_contact c"
            " JOIN contacts_standing s ON s.organisation_id = c.organisation_id AND s.contact_id = c.id"
            " LEFT JOIN contacts_company co ON co.organisation_id = c.organisation_id AND co.id = c.company_id"
            " WHERE c.organisation_id = %s AND c.id > %s AND c.stage NOT IN ('customer', 'lost')"
            " AND (s.scored_at IS NULL OR c.updated_at > s.scored_at OR co.updated_at > s.scored_at)"
            " ORDER BY c.id LIMIT %s",
            [organisation.pk, after, SLICE_SIZE],
        )
        return [row[0] for row in cursor.fetchall()]


def end_of_range(organisation: Organisation, after: int, size: int | None = None) -> tuple[int, int] | None:
    """Return the last contact of the next range and how many are in it; None when there are no more."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT max(n.id), count(*) FROM (SELECT c.id FROM contacts_contact c WHERE c.organisation_id = %s"
            " AND c.id > %s ORDER BY c.id LIMIT %s) n",
            [organisation.pk, after, size or RANGE_SIZE],
        )
        upto, found = cursor.fetchone()
    return (upto, found) if found else None


@contextmanager
def _fresh_scores() -> Iterator[None]:
    """Drop the table of collect_changed.sql before and after: the connection is kept for other work."""
    _drop()
    try:
        yield
    finally:
        if not connection.needs_rollback:
            _drop()


def _drop() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.scoring_fresh")


def _collect(ruleset: Ruleset, after: int, upto: int, at: datetime) -> None:
    params = {**ruleset.at(at), "after_id": after, "upto_id": upto}
    with connection.cursor() as cursor:
        cursor.execute(COLLECT_SETTINGS)
        run("scoring/collect_changed", params, scores=scores_sql(ruleset, chosen=RANGE))
        cursor.execute("SET LOCAL enable_sort = on")
        cursor.execute("CREATE INDEX ON scoring_fresh (contact_id)")
        cursor.execute("ANALYZE scoring_fresh")


def _slices() -> list[tuple[int, int]]:
    """Cut what was collected into ranges of contacts for one transaction each."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT min(contact_id), max(contact_id) FROM (SELECT contact_id, (row_number() OVER (ORDER BY contact_id)"
            " - 1) / %s AS slice FROM scoring_fresh) n GROUP BY slice ORDER BY slice",
            [SLICE_SIZE],
        )
        return [(row[0], row[1]) for row in cursor.fetchall()]


def _write_params(ruleset: Ruleset, at: datetime) -> dict[str, Any]:
    return {"organisation_id": ruleset.organisation.pk, "now": at, "model_number": ruleset.number}
