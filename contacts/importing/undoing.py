"""A whole import undone: what it created goes, what it changed comes back; what was used or changed since stays.

Works in batches, each one transaction which also crosses off what it did: killed anywhere, it goes on from there.
Opt-outs that a file brought stay: nothing here lets anybody be written to again.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet, Subquery
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop
from psycopg.types.json import Jsonb

from contacts import qualification
from contacts.consent.files import take_back_answers
from contacts.importing.merging import reference_of
from contacts.models import Contact, Import, ImportChange, ImportSubject, ImportTrace, Suppression
from contacts.rights.keys import erased_addresses, erased_ids
from contacts.suppressions import share_addresses, suppress_known_addresses
from contacts.tagging.services import drop_unborne
from prm.organisations import audit
from prm.organisations.models import Organisation, User
from prm.work.errors import Conflict, NotFound
from prm.work.jobs import JobRun, start_job
from prm.work.sql import fetch, run

UNDO = "import_undo"
KEPT_FOR = timedelta(days=30)
# Contacts in one transaction: a second or two.
BATCH = 1000
TAGS_BATCH = 10_000

# Why something stays, in words.
KEPT_REASONS: dict[str, str | Promise] = {
    "stage": gettext_lazy("its stage was changed since"),
    "suppressed": gettext_lazy("it opted out or its address was refused since"),
    "changed": gettext_lazy("it was changed since"),
}
# By code: the table, and which of its rows count, over `t`.
_traces: dict[str, tuple[str, str]] = {}


def register_trace(code: str, *, table: str, words: str | Promise, where: str = "true") -> None:
    """Say that a row of a table with (organisation_id, contact_id) means that something happened with a contact.

    Called from AppConfig.ready by the rooms above; `code` has at most 20 letters. `where` says of which rows, `t`,
    that is true; it may name the import as %(import_id)s.
    """
    _traces[code] = (table, where)
    KEPT_REASONS[code] = words


def can_be_undone(source_import: Import) -> bool:
    """Tell whether an import brought something in, is not running, not undone yet, and not older than thirty days."""
    if source_import.merged_at is None or source_import.undo_job_id is not None or source_import.undone:
        return False
    if source_import.job is not None and not source_import.job.is_over:
        return False
    return timezone.now() - source_import.merged_at < KEPT_FOR


def start_undo(organisation: Organisation, *, import_id: int, by: User | None) -> Import:
    """Let a worker undo an import; raises NotFound, or Conflict where it cannot be undone (any more)."""
    with transaction.atomic():
        imports = Import.objects.filter(pk=import_id, subject=ImportSubject.PEOPLE)
        found = imports.select_for_update(of=("self",)).select_related("job")
        source_import: Import | None = found.first()
        if source_import is None:
            raise NotFound
        if not can_be_undone(source_import):
            raise Conflict(_("This import cannot be undone: it is not over, too old, or undone already."))
        source_import.undo_job = start_job(
            organisation,
            kind=UNDO,
            title=_("Undoing the import of %(file)s") % {"file": source_import.filename},
            params={"import": source_import.pk},
            by=by,
        )
        source_import.save(update_fields=["undo_job"])
        after = {name: getattr(source_import, name) for name in ("created", "updated")}
        audit.record(organisation, by, "import.undo", source_import, after=after)
    return source_import


def run_undo(work: JobRun) -> None:
    """Carry out the undoing as a job; goes on where a run before it ended."""
    organisation = work.organisation
    source_import = Import.objects.get(pk=work.job.params["import"])
    changes = _pending(source_import)
    total = work.job.total or changes.count() + sum(len(ids) for ids in _contact_lists(source_import))
    done = work.job.done
    work.advance(done=done, total=total)
    while batch := list(changes[:BATCH]):
        done += _restore(organisation, source_import, batch)
        work.advance(done=min(done, total), total=total)
    while _untag(organisation, source_import):
        work.advance(done=min(done, total), total=total)
    while trace := ImportTrace.objects.filter(source_import=source_import).exclude(contacts=[]).order_by("pk").first():
        done += _remove(organisation, source_import, trace)
        work.advance(done=min(done, total), total=total)
    # What chunks told of one company is taken back from the last to the first.
    while trace := ImportTrace.objects.filter(source_import=source_import).order_by("-begin").first():
        _settle(organisation, source_import, trace)
        work.advance(done=min(done, total), total=total)
    source_import.refresh_from_db(fields=["undone"])
    counts = {**_NOTHING, **source_import.undone}
    with transaction.atomic():
        Import.objects.filter(pk=source_import.pk).update(undone=counts)
        audit.record(organisation, work.job.created_by, "import.undone", source_import, after=counts)
    work.result.update(counts)


_NOTHING = {"removed": 0, "kept": 0, "restored": 0, "left": 0, "companies": 0}


def list_kept(source_import: Import) -> QuerySet[ImportChange]:
    """Return what undoing left, with its contacts, to be ordered and paged."""
    return ImportChange.objects.filter(source_import=source_import).exclude(kept="").select_related("contact")


def forget_traces(organisation: Organisation) -> int:
    """Drop what undoing imports of more than thirty days ago would need; return how many rows went."""
    old = Import.objects.filter(organisation=organisation, merged_at__lt=timezone.now() - KEPT_FOR)
    changes, _by_model = ImportChange.objects.filter(source_import__in=Subquery(old.values("pk"))).delete()
    traces, _by_model = ImportTrace.objects.filter(source_import__in=Subquery(old.values("pk"))).delete()
    return changes + traces


def traces_sql() -> str:
    """Return the WHEN branches that ask each registered table."""
    # On one line: it stands in the comment of the statement as well.
    return " ".join(
        f"WHEN EXISTS (SELECT 1 FROM {table} t WHERE t.organisation_id = %(organisation_id)s AND t.contact_id = c.id"
        f" AND {where}) THEN '{code}'"
        for code, (table, where) in _traces.items()
    )


def _pending(source_import: Import) -> QuerySet[ImportChange]:
    return ImportChange.objects.filter(source_import=source_import, kept="").order_by("pk")


def _contact_lists(source_import: Import) -> "QuerySet[ImportTrace, list[int]]":
    return ImportTrace.objects.filter(source_import=source_import).values_list("contacts", flat=True)


def _restore(organisation: Organisation, source_import: Import, batch: Sequence[ImportChange]) -> int:
    """Give a batch of changed contacts their values back; return how many there were."""
    with transaction.atomic():
        share_addresses(organisation)
        _lock([change.contact_id for change in batch])
        params = {
            "organisation_id": organisation.pk,
            "change_ids": [change.pk for change in batch],
            "erased_addresses": sorted(erased_addresses(organisation, _before(batch, "email"))),
            "erased_ids": sorted(erased_ids(organisation, _before(batch, "external_id"))),
        }
        rows = fetch("contacts/restore_import_changes", params)
        left = [change_id for change_id, _contact, kept in rows if kept]
        whole = {change.pk for change in batch} - set(left)
        ImportChange.objects.filter(pk__in=left).update(kept="changed")
        ImportChange.objects.filter(pk__in=whole).delete()
        _suppress_readdressed(organisation, batch)
        qualification.recompute(organisation, contact_ids=[contact_id for _change, contact_id, _kept in rows])
        qualification.profiles_changed(organisation)
        _count(source_import, restored=len(whole), left=len(left))
    return len(batch)


def _before(batch: Sequence[ImportChange], key: str) -> set[str]:
    return {change.before[key] for change in batch if key in change.after and change.before.get(key)}


def _suppress_readdressed(organisation: Organisation, batch: Sequence[ImportChange]) -> None:
    """Suppress whoever has an address again that was refused while nobody had it."""
    readdressed = [change.contact_id for change in batch if "email" in change.after]
    found = Contact.objects.filter(pk__in=readdressed, email__isnull=False).values_list("pk", "email")
    suppress_known_addresses(organisation, {pk: email for pk, email in found if email})


def _remove(organisation: Organisation, source_import: Import, trace: ImportTrace) -> int:
    """Remove a batch of the contacts that a chunk created, but for those with which something happened since."""
    batch, rest = trace.contacts[:BATCH], trace.contacts[BATCH:]
    with transaction.atomic():
        _lock(batch)
        source = source_import.source or reference_of(source_import)
        params = {
            "organisation_id": organisation.pk,
            "contact_ids": batch,
            "source": source,
            "import_id": source_import.pk,
        }
        reasons = dict(fetch("contacts/judge_import_contacts", params, traces=traces_sql()))
        untouched = [contact_id for contact_id, reason in reasons.items() if not reason]
        kept = {contact_id: reason for contact_id, reason in reasons.items() if reason}
        # Without contact and address a suppression would speak of nobody.
        Suppression.objects.filter(contact__in=untouched, address_key="").delete()
        run("contacts/remove_import_contacts", {"organisation_id": organisation.pk, "contact_ids": untouched})
        _note_kept(source_import, kept)
        ImportTrace.objects.filter(pk=trace.pk).update(contacts=rest)
        _count(source_import, removed=len(untouched), kept=len(kept))
    return len(batch)


def _untag(organisation: Organisation, source_import: Import) -> int:
    """Take a batch of the tags away that the import brought, and those it made that are nobody's; return how many."""
    params = {"organisation_id": organisation.pk, "import_id": source_import.pk, "most": TAGS_BATCH}
    with transaction.atomic():
        taken = dict(fetch("contacts/untag_import_contacts", params))
        drop_unborne(organisation, list(taken), since=source_import.created_at)
    return sum(taken.values())


def _settle(organisation: Organisation, source_import: Import, trace: ImportTrace) -> None:
    """Take back what a chunk told of companies and of consent, remove the companies it made, and forget the chunk."""
    params = {"organisation_id": organisation.pk, "company_ids": trace.filled, "ref": reference_of(source_import)}
    with transaction.atomic():
        changed = [int(row[0]) for row in fetch("contacts/restore_import_companies", params)]
        if trace.values:
            values = {**params, "values": Jsonb(trace.values)}
            changed += [int(row[0]) for row in fetch("contacts/restore_import_company_values", values)]
        if trace.consented:
            take_back_answers({**params, "import_id": source_import.pk, "contact_ids": trace.consented})
        removed = run("contacts/remove_import_companies", {**params, "company_ids": trace.companies})
        if changed:
            qualification.recompute(organisation, company_ids=changed)
        _count(source_import, companies=removed)
        trace.delete()


def _lock(contact_ids: Sequence[int]) -> None:
    list(Contact.objects.select_for_update().filter(pk__in=contact_ids).order_by("pk").values_list("pk"))


def _note_kept(source_import: Import, kept: dict[int, str]) -> None:
    ImportChange.objects.bulk_create(
        [
            ImportChange(
                organisation_id=source_import.organisation_id,
                source_import=source_import,
                contact_id=contact_id,
                kept=reason,
            )
            for contact_id, reason in kept.items()
        ],
        ignore_conflicts=True,
    )


def _count(source_import: Import, **more: int) -> None:
    locked = Import.objects.select_for_update().get(pk=source_import.pk)
    counts = Counter(locked.undone) + Counter(more)
    Import.objects.filter(pk=source_import.pk).update(undone=dict(counts))


def refuse_undone(source_import: Import) -> None:
    """Raise Conflict where an import was undone: it does not go on."""
    if Import.objects.filter(pk=source_import.pk, undo_job__isnull=False).exists():
        raise Conflict(gettext_noop("This import was undone; it does not go on."))
