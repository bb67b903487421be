"""Forms before services: what a service refuses is said beside the field it is about."""

from collections.abc import Callable
from typing import TypeVar

from django import forms

from prm.work.errors import Invalid

T = TypeVar("T")


def save(form: forms.BaseForm, action: Callable[[], T]) -> T | None:
    """Carry out what a valid form asks for; None when form or service refuse, the form then says why."""
    if not form.is_valid():
        return None
    try:
        return action()
    except Invalid as refusal:
        add_refusal(form, refusal)
        return None


def add_refusal(form: forms.BaseForm, refusal: Invalid) -> None:
    """Show what was refused beside its field, and what the form has no field for on top."""
    for name, text in refusal.fields.items():
        form.add_error(name if name in form.fields else None, str(text))
    if not refusal.fields:
        form.add_error(None, str(refusal.message))
