"""Beginning an action on a selection, and its undoing: a few contacts at once, many by a worker."""

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contacts.bulk.actions import get_action
from contacts.bulk.models import BulkRun
from contacts.bulk.running import (
    RUN,
    UNDO,
    UNDONE_WITHIN,
    carry_out_next,
    end_undo,
    finish,
    freeze,
    take_back_next,
)
from contacts.bulk.selecting import Selection
from contacts.tidying import tidy_after
from prm.organisations import audit
from prm.organisations.models import Organisation, User
from prm.web.figures import figure
from prm.work.errors import Conflict, Invalid, NotFound
from prm.work.jobs import LONGEST_TITLE, start_job

# So few are changed while the page waits.
AT_ONCE = 200


def start_run(
    organisation: Organisation, *, action: str, selection: Selection, values: dict[str, Any], by: User
) -> BulkRun:
    """Carry an action out on a selection: here and now where few were ticked, else as a job.

    What is final is always a job, and Invalid where those selected are not as many any more as were typed in.
    """
    found, is_over = get_action(action), False
    with transaction.atomic():
        run = BulkRun.objects.create(
            organisation=organisation,
            action=action,
            values=values,
            title=Truncator(found.title(organisation, values)).chars(LONGEST_TITLE),
            selection={"ids": list(selection.ids), "query": dict(selection.query)},
            created_by=by,
        )
        after = {"title": run.title, "selected": len(selection.ids) or dict(selection.query)}
        if "reason" in values:
            after["reason"] = values["reason"]
        audit.record(organisation, by, f"bulk.{action}"[:60], run, after=after)
        tidy_after(organisation, UNDONE_WITHIN)
        if found.is_final:
            _freeze_as_counted(organisation, run)
        elif 0 < len(selection.ids) <= AT_ONCE:
            freeze(organisation, run)
            while carry_out_next(organisation, run):
                pass
            finish(organisation, run)
            is_over = True
        if not is_over:
            run.job = start_job(organisation, kind=RUN, title=run.title, params={"run": run.pk}, by=by)
            run.save(update_fields=["job"])
    run.refresh_from_db()
    return run


def _freeze_as_counted(organisation: Organisation, run: BulkRun) -> None:
    """Write down who is meant; nobody who joined them since they were counted is."""
    freeze(organisation, run)
    run.refresh_from_db()
    if run.total != run.values["number"]:
        text = ngettext("It is %(n)s contact by now.", "It is %(n)s contacts by now.", run.total)
        raise Invalid(fields={"number": text % {"n": figure(run.total)}})


def start_undo(organisation: Organisation, *, run_id: int, by: User) -> BulkRun:
    """Take a run back; raises NotFound, or Conflict where that is not possible (any more)."""
    with transaction.atomic():
        run: BulkRun | None = (
            BulkRun.objects.select_for_update(of=("self",)).select_related("job", "undo_job").filter(pk=run_id).first()
        )
        if run is None:
            raise NotFound
        if not can_be_undone(run):
            raise Conflict(_("This cannot be undone: it is under way, too old, or undone already."))
        audit.record(organisation, by, "bulk.undo", run, after={"done": run.done})
        if run.job_id is None:
            while take_back_next(organisation, run):
                pass
            end_undo(organisation, run)
        else:
            title = Truncator(_("Undo: %(title)s") % {"title": run.title}).chars(LONGEST_TITLE)
            run.undo_job = start_job(organisation, kind=UNDO, title=title, params={"run": run.pk}, by=by)
            run.save(update_fields=["undo_job"])
    run.refresh_from_db()
    return run


def can_be_undone(run: BulkRun) -> bool:
    """Tell whether a run changed somebody, is over, can be taken back at all, and is not too old or taken back."""
    if get_action(run.action).undo is None or not run.done or run.undone_at is not None or run.undo_job_id is not None:
        return False
    if run.job is not None and not run.job.is_over:
        return False
    return timezone.now() - run.created_at < UNDONE_WITHIN
