"""What can be done to a selection of contacts, however many: one action each, registered by the app it belongs to.

An action works on some contacts at a time, in the transaction that also notes them as done: it says whom it left
out and why, and what taking it back would need.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from contacts.bulk.selecting import Selection
from prm.organisations.models import Organisation, User
from prm.organisations.rights import Right
from prm.web.figures import figure
from prm.work.errors import Invalid, NotFound

# Reasons every action may give.
GONE, SAME = "gone", "same"
REASONS: dict[str, str | Promise] = {
    GONE: gettext_lazy("is not in the base any more"),
    SAME: gettext_lazy("was so already"),
}


@dataclass(frozen=True)
class Turn:
    """Some contacts of a run, in the order of their ids, and what was asked for."""

    organisation: Organisation
    contact_ids: list[int]
    values: dict[str, Any]
    by: User | None
    run_id: int


@dataclass(frozen=True)
class Outcome:
    """What became of them: who was changed, who was left out by reason; whoever is in neither is gone.

    `before` is what undoing needs, as JSON.
    """

    done: Sequence[int]
    skipped: dict[str, list[int]] = field(default_factory=dict)
    before: dict[str, Any] = field(default_factory=dict)


class ActionForm(forms.Form):
    """What an action asks before it begins."""

    # How many contacts there are, where that has to be typed in.
    expected: int | None = None

    def ask_number(self, expected: int | None) -> None:
        """Have the number of contacts typed in; None, where nobody could count them, is never right."""
        self.expected = expected
        label = (
            _("Type %(n)s to confirm") % {"n": figure(expected)} if expected is not None else _("Number of contacts")
        )
        attrs = {"inputmode": "numeric", "autocomplete": "off"}
        self.fields["number"] = forms.CharField(label=label, max_length=20, widget=forms.TextInput(attrs=attrs))

    def clean_number(self) -> int:
        """Return the number, however its thousands are set apart."""
        digits = re.sub(r"[\s.,'’]", "", self.cleaned_data["number"])
        if self.expected is None:
            raise forms.ValidationError(_("These are too many to count: narrow the selection."))
        if not (digits.isascii() and digits.isdecimal()) or int(digits) != self.expected:
            wrong = ngettext("It is %(n)s contact.", "It is %(n)s contacts.", self.expected)
            raise forms.ValidationError(wrong % {"n": figure(self.expected)})
        return self.expected

    def add_refusal(self, refusal: Invalid) -> None:
        """Show beside its field what was refused."""
        for name, text in (dict(refusal.fields) or {"": refusal.message}).items():
            self.add_error(name if name in self.fields else None, str(text))

    @property
    def values(self) -> dict[str, Any]:
        """What was given, as the run keeps it (JSON)."""
        return dict(self.cleaned_data)


FormMaker = Callable[[Organisation, QueryDict | None], ActionForm]


def _plain_form(_organisation: Organisation, data: QueryDict | None) -> ActionForm:
    return ActionForm(data)


@dataclass(frozen=True)
class BulkAction:
    """One action.

    `title` says what is done with these values ("Tag “VIP”"). `undo` gives back what `act` noted as `before`, of a
    chunk done at a moment, and returns how many contacts it gave back; those that changed since stay. `finish` is
    called once, after the last contact, with every `before`.
    """

    code: str
    label: str | Promise
    icon: str
    right: Right
    title: Callable[[Organisation, Mapping[str, Any]], str]
    act: Callable[[Turn], Outcome]
    form: FormMaker = _plain_form
    undo: Callable[[Turn, dict[str, Any], datetime], int] | None = None
    finish: Callable[[Organisation, User | None, list[dict[str, Any]]], None] | None = None
    reasons: Mapping[str, str | Promise] = field(default_factory=dict)
    # What one should know before it begins.
    warning: str | Promise = ""
    is_danger: bool = False
    # What it takes is gone: the number is typed in, who is meant is written down with the click, a worker does it.
    is_final: bool = False
    # Contacts in one transaction.
    most_at_once: int = 1000

    def reason(self, code: str) -> str:
        """Say why somebody was left out."""
        return str(self.reasons.get(code) or REASONS.get(code, code))


@dataclass(frozen=True)
class BulkLink:
    """A button that takes the selection along to a page of its own, and changes nobody."""

    code: str
    label: str | Promise
    icon: str
    right: Right
    leads_to: Callable[[Organisation, Selection], str]
    is_danger: bool = False
    is_final: bool = False


_buttons: dict[str, BulkAction | BulkLink] = {}


def register_bulk_action(button: BulkAction | BulkLink) -> None:
    """Add a button to the contact list; called from AppConfig.ready. They stand in the order of registration."""
    _buttons[button.code] = button


def list_buttons(rights: frozenset[str]) -> list[BulkAction | BulkLink]:
    """Return what a member with these rights may do with a selection; what is final comes last."""
    return sorted((one for one in _buttons.values() if one.right.value in rights), key=lambda one: one.is_final)


def get_button(code: str) -> BulkAction | BulkLink:
    """Return what a button does, or raise NotFound."""
    if code not in _buttons:
        raise NotFound
    return _buttons[code]


def get_action(code: str) -> BulkAction:
    """Return an action, or raise NotFound: also for a link, which no run carries out."""
    button = get_button(code)
    if not isinstance(button, BulkAction):
        raise NotFound
    return button
