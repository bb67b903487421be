"""Reads for the pages of imports and for the API."""

from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from contacts.importing.fields import PROPERTY_PREFIX, SIREN_NAME
from contacts.importing.reasons import row_reason
from contacts.importing.services import list_rejects
from contacts.models import Import, ImportReject, ImportSubject
from prm.organisations.models import Organisation
from prm.work.errors import NotFound
from prm.work.models import Job, JobStatus

# Of the rows set aside, so many stand on the page; all of them are in the file to download.
SHOWN_REJECTS = 20
DRAFT = "draft"

STATUS_WORDS: dict[str, str | Promise] = {
    DRAFT: _("not started"),
    JobStatus.WAITING: _("waiting"),
    JobStatus.RUNNING: _("running"),
    JobStatus.STOPPED: _("stopped"),
    JobStatus.DONE: _("done"),
    JobStatus.FAILED: _("failed"),
}


def list_imports(organisation: Organisation) -> QuerySet[Import]:
    """Return the imports of people with their jobs, to be ordered and paged."""
    found = Import.objects.filter(organisation=organisation, subject=ImportSubject.PEOPLE)
    return found.select_related("job", "undo_job", "created_by")


def get_import(organisation: Organisation, import_id: int) -> Import:
    """Return one import with its job, or raise NotFound."""
    source_import = list_imports(organisation).filter(pk=import_id).first()
    if source_import is None:
        raise NotFound
    return source_import


def status_of(source_import: Import) -> str:
    """Return "draft", "waiting", "running", "stopped", "done" or "failed"."""
    job = source_import.job
    if job is None:
        return JobStatus.DONE.value if source_import.lines_done else DRAFT
    return JobStatus.RUNNING.value if job.status == JobStatus.STOPPING else str(job.status)


def find_trial_job(source_import: Import) -> Job | None:
    """Return the job of the dry run, while there is one."""
    job_id = source_import.trial.get("job")
    job: Job | None = Job.objects.filter(pk=job_id).first() if job_id else None
    return job


@dataclass(frozen=True)
class Undone:
    """What undoing an import did so far."""

    removed: int = 0
    kept: int = 0
    restored: int = 0
    left: int = 0
    companies: int = 0

    @property
    def stays(self) -> int:
        """How many contacts it left as they were, or in part."""
        return self.kept + self.left


def undone_of(source_import: Import) -> Undone | None:
    """Return what undoing did, or None where nobody asked for it."""
    return Undone(**source_import.undone) if source_import.undo_job_id or source_import.undone else None


def key_words(key_field: str) -> str:
    """Say what tells people apart in an import."""
    if key_field.startswith(PROPERTY_PREFIX):
        return str(_("the column “%(name)s”")) % {"name": key_field.removeprefix(PROPERTY_PREFIX)}
    words = {
        "email": _("e-mail address"),
        "external_id": _("external id"),
        SIREN_NAME: _("SIREN with first and last name"),
    }
    return str(words.get(key_field, _("external id, else e-mail address")))


@dataclass(frozen=True)
class ShownReject:
    """A row set aside as the page shows it."""

    line: int
    reason: str
    column: str
    value: str


def first_rejects(source_import: Import) -> list[ShownReject]:
    """Return the first rows that were set aside, with the reason in words."""
    return [_shown(one) for one in islice(list_rejects(source_import), SHOWN_REJECTS)]


def _shown(reject: ImportReject) -> ShownReject:
    # Where the reason is about the whole row, its first values say which one it is.
    cells: list[Any] = reject.row
    value = reject.value or ", ".join(str(cell) for cell in cells if cell)[:120]
    return ShownReject(reject.line, row_reason(reject.reason), reject.column, value)
