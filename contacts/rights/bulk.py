"""Erasing many people at once: all that were selected, counted by who asks, and why."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.db import transaction
from django.http import QueryDict
from django.utils.translation import gettext_lazy, ngettext

from contacts.bulk.actions import ActionForm, BulkAction, Outcome, Turn
from contacts.models import Cause, Contact
from contacts.rights.erasing import erase_contacts
from contacts.rights.retention import BATCH
from contacts.suppressions import hold_addresses
from prm.organisations.models import Organisation
from prm.organisations.rights import Right
from prm.web.figures import figure
from prm.work.errors import Conflict

BUSY = "busy"


class EraseForm(ActionForm):
    """Why they are erased."""

    reason = forms.CharField(
        label=gettext_lazy("Why"),
        max_length=250,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("Kept with the run and in the audit log: name nobody here."),
    )


def _form(_organisation: Organisation, data: QueryDict | None) -> ActionForm:
    return EraseForm(data)


def _title(_organisation: Organisation, values: Mapping[str, Any]) -> str:
    number = values["number"]
    return ngettext("Erase %(n)s person", "Erase %(n)s people", number) % {"n": figure(number)}


def _erase(turn: Turn) -> Outcome:
    """Erase who is in the base; of whom a message is leaving at this moment is left out."""
    # In the order in which everybody takes these locks.
    hold_addresses(turn.organisation)
    rows = Contact.objects.select_for_update(of=("self",)).filter(pk__in=turn.contact_ids)
    there = list(rows.order_by("pk").values_list("pk", flat=True))
    busy = _erase_all_but_busy(turn, there)
    done = [one for one in there if one not in busy]
    return Outcome(done, {BUSY: sorted(busy)} if busy else {})


def _erase_all_but_busy(turn: Turn, ids: list[int]) -> set[int]:
    """Erase these; where one of them stands in the way, each alone. Return who is left."""
    if not ids:
        return set()
    try:
        with transaction.atomic():
            erase_contacts(turn.organisation, contact_ids=ids, by=turn.by, cause=Cause.PERSON)
    except Conflict:
        return set(ids) if len(ids) == 1 else {left for one in ids for left in _erase_all_but_busy(turn, [one])}
    return set()


ERASE = BulkAction(
    "erase",
    gettext_lazy("Erase"),
    "trash",
    Right.CONTACTS_ERASE,
    _title,
    _erase,
    form=_form,
    reasons={BUSY: gettext_lazy("a message is leaving, or a file with them is being imported: erase them later")},
    warning=gettext_lazy(
        "These people are erased for good, everywhere: this cannot be undone, and no import brings them back. What was"
        " counted stays counted: totals and rates stay as they are, without saying who."
    ),
    is_danger=True,
    is_final=True,
    most_at_once=BATCH,
)
