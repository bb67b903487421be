"""The form that defines a field, and the fields it puts into the forms of contacts and companies."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from contacts.fields.coercion import LONGEST_TEXT, coerce
from contacts.fields.models import CustomField, Option, ValueType
from contacts.fields.services import LONGEST_HELP, LONGEST_KEY, LONGEST_LABEL, FieldInput
from contacts.fields.values import PREFIX, refusal_of
from contacts.normalising import UnusableValueError

# Before the key, in the names of a form's fields.
FORM_PREFIX = "custom_"


@dataclass(frozen=True)
class ChoiceRow:
    """One choice while it is edited."""

    code: str
    label: str
    place: str
    is_offered: bool
    is_removed: bool = False


class FieldForm(forms.Form):
    """Label, type, help and choices of a field; its key is asked once, and never changes."""

    label = forms.CharField(label=_("What it is called"), max_length=LONGEST_LABEL)
    type = forms.ChoiceField(label=_("Type"), choices=ValueType.choices)
    choices = forms.CharField(
        label=_("Choices to add"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("One a line."),
    )
    help_text = forms.CharField(
        label=_("Help"), max_length=LONGEST_HELP, required=False, help_text=_("Shown below the field in forms.")
    )
    key = forms.CharField(
        label=_("Key"),
        max_length=LONGEST_KEY,
        required=False,
        help_text=_("What the API calls it; made of the label where it is left empty. It never changes."),
    )

    def __init__(self, data: QueryDict | None = None, *, field: CustomField | None = None) -> None:
        initial = {name: getattr(field, name) for name in ("label", "type", "help_text")} if field else {}
        super().__init__(data, initial=initial)
        if field is not None:
            del self.fields["key"]
        options = field.options if field is not None else ()
        self.rows = _rows_of(options) if data is None else _read_rows(data)

    @property
    def given(self) -> FieldInput:
        """What the services take, once the form is valid."""
        data = self.cleaned_data
        kept = sorted((row for row in self.rows if not row.is_removed), key=_place)
        new = [line.strip() for line in data["choices"].splitlines() if line.strip()]
        return FieldInput(
            label=data["label"],
            type=data["type"],
            help_text=data["help_text"],
            choices=[
                *(Option(row.code, row.label, row.is_offered) for row in kept),
                *(Option("", label) for label in new),
            ],
        )


def _rows_of(options: Iterable[Option]) -> list[ChoiceRow]:
    return [ChoiceRow(one.code, one.label, str(n), one.is_offered) for n, one in enumerate(options, start=1)]


def _read_rows(data: QueryDict) -> list[ChoiceRow]:
    offered, removed = set(data.getlist("choice-offered")), set(data.getlist("choice-removed"))
    lists = (data.getlist(f"choice-{part}") for part in ("code", "label", "place"))
    return [
        ChoiceRow(code, label, place, code in offered, code in removed)
        for code, label, place in zip(*lists, strict=False)
    ]


def _place(row: ChoiceRow) -> int:
    return int(row.place) if row.place.isascii() and row.place.isdecimal() and len(row.place) < 6 else 10**6


# --- In the forms of contacts and companies ---------------------------------------------------------


def add_form_fields(form: forms.BaseForm, fields: Iterable[CustomField], known: Mapping[str, Any]) -> None:
    """Put the organisation's own fields at the end of a form, with what is known."""
    for field in fields:
        name = FORM_PREFIX + field.key
        form.fields[name] = form_field(field, known.get(field.key))
        form.initial[name] = _initial(field, known.get(field.key))


def form_field(field: CustomField, value: Any = None) -> forms.Field:
    """Return what asks for a value; choices that are no longer offered only where they are `value`."""
    shared: dict[str, Any] = {"label": field.label, "help_text": field.help_text, "required": False}
    kind = field.value_type
    if kind.has_choices:
        held = set(value) if isinstance(value, list) else {value}
        choices = [(one.code, one.label) for one in field.options if one.is_offered or one.code in held]
        if kind == ValueType.CHOICE:
            return forms.ChoiceField(choices=[("", _("Unknown")), *choices], **shared)
        return forms.MultipleChoiceField(choices=choices, widget=forms.CheckboxSelectMultiple, **shared)
    if kind == ValueType.BOOLEAN:
        answers = [("", _("Unknown")), ("yes", pgettext_lazy("answer", "Yes")), ("no", pgettext_lazy("answer", "No"))]
        return forms.ChoiceField(choices=answers, **shared)
    return _TypedField(field, **shared)


def typed_values(cleaned: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was typed in, by the key of the field, out of the values of a form."""
    return {
        name.removeprefix(FORM_PREFIX): None if value in ("", []) else value
        for name, value in cleaned.items()
        if name.startswith(FORM_PREFIX)
    }


def form_name(name: str) -> str:
    """Return what a form calls "custom.<key>"; any other name as it is."""
    return FORM_PREFIX + name.removeprefix(PREFIX) if name.startswith(PREFIX) else name


class _TypedField(forms.CharField):
    """A text, number or date, read as the reader's language writes it."""

    def __init__(self, field: CustomField, **kwargs: Any) -> None:
        self.field = field
        attrs: dict[str, Any] = {}
        if field.type == ValueType.NUMBER:
            attrs["inputmode"] = "decimal"
        elif field.type == ValueType.DATE:
            attrs["type"] = "date"
        else:
            kwargs["max_length"] = LONGEST_TEXT
        super().__init__(widget=forms.TextInput(attrs=attrs), **kwargs)

    def clean(self, value: Any) -> Any:
        """Return the stored form, "" for nothing."""
        text = super().clean(value)
        try:
            found = coerce(self.field, text, decimal_comma=_writes_commas())
        except UnusableValueError as error:
            raise forms.ValidationError(refusal_of(self.field, error)) from error
        return "" if found is None else found


def _initial(field: CustomField, value: Any) -> Any:
    kind = field.value_type
    if kind == ValueType.CHOICES:
        return value if isinstance(value, list) else []
    if value is None:
        return ""
    if kind == ValueType.BOOLEAN:
        return "yes" if value else "no"
    if kind == ValueType.NUMBER and isinstance(value, int | float):
        text = repr(value)
        return text.replace(".", ",") if _writes_commas() else text
    return str(value)


def _writes_commas() -> bool:
    return (get_language() or "").startswith("fr")
