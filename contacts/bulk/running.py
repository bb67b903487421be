"""Carrying a run out, and taking it back: chunk by chunk, each in one transaction with what it does.

Whatever worker dies, what it committed is noted with it: another goes on with the next chunk, and nobody is changed
twice (docs/decisions/0014-bulk-actions.md).
"""

from collections import Counter
from datetime import timedelta

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from contacts.bulk.actions import GONE, Outcome, Turn, get_action
from contacts.bulk.models import BulkChunk, BulkRun
from contacts.bulk.selecting import Selection, selected_ids
from contacts.qualification import profiles_changed
from prm.organisations import audit
from prm.organisations.models import Organisation
from prm.work.errors import Conflict
from prm.work.jobs import JobRun

RUN, UNDO = "bulk", "bulk_undo"
# Contacts in one transaction: a tenth of a second for most actions, and less where the action says so.
CHUNK = 1000
UNDONE_WITHIN = timedelta(days=30)


def run_bulk(work: JobRun) -> None:
    """Carry a run out as a job; goes on where a run before it ended."""
    run = BulkRun.objects.get(pk=work.job.params["run"])
    freeze(work.organisation, run)
    while True:
        run.refresh_from_db()
        if run.undo_job_id is not None:
            raise Conflict(gettext_noop("This was undone; it does not go on."))
        handled = run.done + sum(run.skipped.values())
        work.advance(done=handled, total=run.total)
        if not carry_out_next(work.organisation, run):
            break
    finish(work.organisation, run)
    run.refresh_from_db()
    work.result.update(done=run.done, skipped=run.skipped)


def run_undo(work: JobRun) -> None:
    """Take a run back as a job, the last chunk first."""
    run = BulkRun.objects.get(pk=work.job.params["run"])
    total = run.chunks.filter(done_at__isnull=False).count()
    while True:
        work.advance(done=run.chunks.filter(undone_at__isnull=False).count(), total=total)
        if not take_back_next(work.organisation, run):
            break
    end_undo(work.organisation, run)
    run.refresh_from_db(fields=["restored"])
    work.result.update(restored=run.restored)


def freeze(organisation: Organisation, run: BulkRun) -> None:
    """Write down who is meant, once: what the action changes lets nobody leave the selection, or join it.

    One statement over those who match.
    """
    with transaction.atomic():
        locked = BulkRun.objects.select_for_update(of=("self",)).get(pk=run.pk)
        if locked.frozen_at is not None:
            return
        selection = Selection(tuple(locked.selection.get("ids", ())), locked.selection.get("query", {}))
        found = selected_ids(organisation, selection)
        if found is not None:
            sql, params = found
            with connection.cursor() as cursor:
                cursor.execute(
                    "INSERT INTO bulk_bulkchunk (organisation_id, run_id, number, contact_ids, skipped, before)"
                    " SELECT %s, %s, n.number, array_agg(n.id ORDER BY n.id), '{}', '{}' FROM ("
                    " SELECT s.id, ((row_number() OVER (ORDER BY s.id) - 1) / %s)::integer AS number"
                    f" FROM ({sql}) AS s (id)) AS n GROUP BY n.number",
                    [organisation.pk, run.pk, min(CHUNK, get_action(run.action).most_at_once), *params],
                )
                cursor.execute(
                    "SELECT coalesce(sum(cardinality(contact_ids)), 0) FROM bulk_bulkchunk"
                    " WHERE organisation_id = %s AND run_id = %s",
                    [organisation.pk, run.pk],
                )
                locked.total = int(cursor.fetchone()[0])
        locked.frozen_at = timezone.now()
        locked.save(update_fields=["total", "frozen_at"])


def carry_out_next(organisation: Organisation, run: BulkRun) -> bool:
    """Do the next chunk; return whether there was one. Of two workers, the second waits and finds it done."""
    action = get_action(run.action)
    with transaction.atomic():
        chunk = run.chunks.select_for_update(of=("self",)).filter(done_at__isnull=True).order_by("number").first()
        if chunk is None:
            return False
        outcome = action.act(Turn(organisation, chunk.contact_ids, run.values, run.created_by, run.pk))
        chunk.skipped, chunk.before = _skipped(chunk, outcome), outcome.before
        chunk.done_at = timezone.now()
        chunk.save(update_fields=["skipped", "before", "done_at"])
        profiles_changed(organisation)
        locked = BulkRun.objects.select_for_update(of=("self",)).get(pk=run.pk)
        counts = Counter(locked.skipped) + Counter({code: len(ids) for code, ids in chunk.skipped.items()})
        locked.done, locked.skipped = locked.done + len(outcome.done), dict(counts)
        locked.save(update_fields=["done", "skipped"])
    return True


def finish(organisation: Organisation, run: BulkRun) -> None:
    """Note that everybody had their turn, and do what comes after, once."""
    action = get_action(run.action)
    with transaction.atomic():
        locked = BulkRun.objects.select_for_update(of=("self",)).get(pk=run.pk)
        if locked.finished_at is not None:
            return
        if action.finish is not None:
            befores = list(locked.chunks.order_by("number").values_list("before", flat=True))
            action.finish(organisation, locked.created_by, befores)
        locked.finished_at = timezone.now()
        locked.save(update_fields=["finished_at"])


def take_back_next(organisation: Organisation, run: BulkRun) -> bool:
    """Take the last chunk back that was done; return whether there was one."""
    action = get_action(run.action)
    if action.undo is None:
        raise Conflict(gettext_noop("This cannot be undone."))
    with transaction.atomic():
        chunk = (
            run.chunks.select_for_update(of=("self",))
            .filter(done_at__isnull=False, undone_at__isnull=True)
            .order_by("-number")
            .first()
        )
        if chunk is None or chunk.done_at is None:
            return False
        turn = Turn(organisation, chunk.contact_ids, run.values, run.created_by, run.pk)
        restored = action.undo(turn, chunk.before, chunk.done_at)
        chunk.undone_at = timezone.now()
        chunk.save(update_fields=["undone_at"])
        profiles_changed(organisation)
        locked = BulkRun.objects.select_for_update(of=("self",)).get(pk=run.pk)
        locked.restored += restored
        locked.save(update_fields=["restored"])
    return True


def end_undo(organisation: Organisation, run: BulkRun) -> None:
    """Note that a run was taken back."""
    with transaction.atomic():
        locked = BulkRun.objects.select_for_update(of=("self",)).get(pk=run.pk)
        if locked.undone_at is not None:
            return
        locked.undone_at = timezone.now()
        locked.save(update_fields=["undone_at"])
        after = {"restored": locked.restored, "left": locked.done - locked.restored}
        by = locked.undo_job.created_by if locked.undo_job else locked.created_by
        audit.record(organisation, by, "bulk.undone", locked, after=after)


def forget_chunks(organisation: Organisation) -> int:
    """Forget whom runs of more than thirty days ago were about; return how many chunks went."""
    old = BulkRun.objects.filter(organisation=organisation, created_at__lt=timezone.now() - UNDONE_WITHIN)
    return BulkChunk.objects.filter(run__in=old).delete()[0]


def _skipped(chunk: BulkChunk, outcome: Outcome) -> dict[str, list[int]]:
    named = {contact_id for ids in outcome.skipped.values() for contact_id in ids} | set(outcome.done)
    gone = [contact_id for contact_id in chunk.contact_ids if contact_id not in named]
    skipped = {**outcome.skipped, GONE: [*outcome.skipped.get(GONE, []), *gone]}
    return {code: ids for code, ids in skipped.items() if ids}
