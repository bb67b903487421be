"""Finding probable doubles by sets: contacts that share a key are compared, nobody else; in chunks, or by what changed.

What contacts may share is kept as hashes (Key). A pass over everybody writes the keys of a chunk of contacts and pairs
them with those before them, in one transaction with how far it got: killed anywhere, it goes on from there.
"""

from functools import partial

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from contacts.doubles.automatic import merge_certain
from contacts.doubles.models import ChangedContact, Key, Pair, PairStatus, Watch
from contacts.doubles.reasons import score_sql
from contacts.models import Contact
from prm.organisations.models import Organisation, User
from prm.work.errors import Conflict
from prm.work.jobs import JobRun, start_job
from prm.work.models import Job, JobStatus
from prm.work.sql import run
from prm.work.wakeups import horizon, settle

FIND = "doubles_find"
QUEUE = "double"
# Contacts in one transaction: a second or two.
CHUNK = 5000
# So many may share a number, an address' piece or a name; beyond it, it tells nobody apart.
MOST_ALIKE = 50
LEAST_SCORE = 50
# Beyond every id: a phase is over.
_END = 2**63 - 1

_sources: dict[str, str] = {}


def register_source(code: str, sql: str) -> None:
    """Add what only an app above knows contacts to share. Called from AppConfig.ready.

    `sql` gives (contact_id, value) for the contacts in %(contact_ids)s of %(organisation_id)s. `code` is a reason.
    """
    _sources[code] = sql


def start_find(organisation: Organisation, *, by: User | None) -> Job:
    """Let a worker look at everybody; Conflict while one does."""
    with transaction.atomic():
        watch, _is_new = Watch.objects.get_or_create(organisation=organisation)
        Watch.objects.select_for_update().get(pk=watch.pk)
        over = (JobStatus.DONE, JobStatus.FAILED, JobStatus.STOPPED)
        if Job.objects.filter(kind=FIND).exclude(status__in=over).exists():
            raise Conflict(_("Doubles are being looked for already."))
        return start_job(organisation, kind=FIND, title=_("Looking for doubles"), by=by)


def run_find(work: JobRun) -> None:
    """Look at everybody as a job; goes on where a run before it ended. Memory does not grow with the base."""
    organisation = work.organisation
    # From now on changes are noted: whoever changes behind the pass is looked at after it.
    Watch.objects.update_or_create(organisation=organisation, defaults={"looked_at": timezone.now()})
    work.advance(done=work.job.done, total=work.job.total or 2 * Contact.objects.count())
    # All keys first: only then is known what too many share.
    for phase, step in (("keys", write_keys), ("pairs", partial(propose_pairs, both=False))):
        while (last := int(work.job.params.get(phase, 0))) < _END:
            with transaction.atomic():
                ids = list(Contact.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:CHUNK])
                if ids:
                    step(organisation, ids)
                work.job.params[phase] = ids[-1] if ids else _END
                Job.objects.filter(pk=work.job.pk).update(params=work.job.params)
            work.advance(done=min(work.job.done + len(ids), work.job.total or work.job.done + len(ids)))
    skipped = count_skipped(organisation)
    Watch.objects.filter(organisation=organisation).update(looked_at=timezone.now(), skipped=skipped)
    work.result.update(pairs=Pair.objects.filter(status=PairStatus.OPEN).count(), skipped=skipped)
    work.result.update(merged=merge_certain(organisation))


def find_changed(organisation: Organisation) -> int:
    """Look at whoever is new or changed; return how many. Cost follows the change. In the scope."""
    below, count = horizon(), 0
    while True:
        with transaction.atomic():
            notes = list(ChangedContact.objects.select_for_update(skip_locked=True).order_by("pk")[:CHUNK])
            if not notes:
                break
            ids = sorted({note.contact_id for note in notes})
            ChangedContact.objects.filter(pk__in=[note.pk for note in notes]).delete()
            # What no longer holds goes; what was said not to be the same stays.
            Pair.objects.filter(status=PairStatus.OPEN, low__in=ids).delete()
            Pair.objects.filter(status=PairStatus.OPEN, high__in=ids).delete()
            write_keys(organisation, ids)
            propose_pairs(organisation, ids, both=True)
            count += len(ids)
    if count:
        merge_certain(organisation)
    settle(organisation.pk, QUEUE, below=below)
    return count


def write_keys(organisation: Organisation, contact_ids: list[int]) -> None:
    """Write anew what these contacts may share."""
    Key.objects.filter(contact_id__in=contact_ids).delete()
    sources = " ".join(
        f"UNION ALL SELECT s.contact_id, '{code}', hashtextextended('{code} ' || s.value, 0) FROM ({sql}) s"
        for code, sql in sorted(_sources.items())
    )
    params = {"organisation_id": organisation.pk, "contact_ids": contact_ids}
    run("contacts/write_double_keys", params, sources=sources)


def propose_pairs(organisation: Organisation, contact_ids: list[int], *, both: bool) -> int:
    """Propose the pairs of these contacts; return how many are new or changed. `both`: also with higher ids."""
    _steer_planner()
    limits = {"most": MOST_ALIKE, "least": LEAST_SCORE, "both": both}
    params = {"organisation_id": organisation.pk, "contact_ids": contact_ids, **limits}
    return run("contacts/find_double_pairs", params, score=score_sql("r.reasons"))


def _steer_planner() -> None:
    """Keep plans from being made for the table of keys as it was before the pass: it grows faster than statistics."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('enable_seqscan', 'off', true), set_config('enable_mergejoin', 'off', true)")


def count_skipped(organisation: Organisation) -> int:
    """Return how many keys too many contacts share to be compared by them. One pass over the keys, by index."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM (SELECT 1 FROM doubles_key WHERE organisation_id = %s GROUP BY hash"
            " HAVING count(*) > %s) n",
            [organisation.pk, MOST_ALIKE],
        )
        return int(cursor.fetchone()[0])
