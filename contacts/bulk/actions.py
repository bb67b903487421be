"""What can be done to a selection of contacts, however many: one action each, registered by the app it belongs to.

An action works on some contacts at a time, in the transaction that also notes them as done: it says whom it left
out and why, and what taking it back would need.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from contacts.bulk.selecting import Selection
from prm.organisations.models import Organisation, User
from prm.organisations.rights import Right
from prm.work.errors import NotFound

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


_buttons: dict[str, BulkAction | BulkLink] = {}


def register_bulk_action(button: BulkAction | BulkLink) -> None:
    """Add a button to the contact list; called from AppConfig.ready. They stand in the order of registration."""
    _buttons[button.code] = button


def list_buttons(rights: frozenset[str]) -> list[BulkAction | BulkLink]:
    """Return what a member with these rights may do with a selection."""
    return [one for one in _buttons.values() if one.right.value in rights]


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
