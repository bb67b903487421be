"""What people say about a file that they bring in."""

from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contacts.consent.files import ConsentTarget, target_label
from contacts.importing.fields import (
    IGNORED,
    PREFIXES,
    PROPERTY,
    PROPERTY_PREFIX,
    SIREN_NAME,
    TARGETS,
    property_of,
)
from contacts.importing.guessing import Guess
from contacts.importing.looking import DELIMITERS, ENCODINGS, XLSX
from contacts.importing.own import AnyTarget, OwnTargets
from contacts.models import Import, ImportMode, LawfulBasis
from prm.work.errors import Invalid

Choices = list[tuple[str, Any]]


class UploadForm(forms.Form):
    """The file itself."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy("CSV or XLSX, up to a million rows. Encoding and separator are found out."),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.txt,.tsv,.xlsx"}),
    )


# What people call an encoding whose name says nothing to them.
ENCODING_WORDS = {
    "utf-8-sig": "UTF-8 (Excel)",
    "cp1252": gettext_lazy("Windows-1252 (Excel)"),
    "latin-1": gettext_lazy("Latin-1 (Western Europe)"),
    "mac-roman": gettext_lazy("Mac Roman (Excel for Mac)"),
    "cp850": gettext_lazy("DOS 850 (older programs)"),
    "cp1250": gettext_lazy("Windows-1250 (Central Europe)"),
    "cp1251": gettext_lazy("Windows-1251 (Cyrillic)"),
}


class ReadingForm(forms.Form):
    """How a file is read, where the guess was wrong: a text's encoding, separator, decimals; a workbook's sheet."""

    sheet = forms.ChoiceField(label=gettext_lazy("Sheet"))
    encoding = forms.ChoiceField(label=gettext_lazy("Encoding"))
    delimiter = forms.ChoiceField(label=gettext_lazy("Separator"))
    decimal_comma = forms.TypedChoiceField(
        label=gettext_lazy("Decimals"),
        choices=[("yes", gettext_lazy("after a comma: 1 234,5")), ("no", gettext_lazy("after a point: 1,234.5"))],
        coerce=lambda word: word == "yes",
        required=False,
        empty_value=None,
    )

    def __init__(self, *args: Any, source_import: Import, **kwargs: Any) -> None:
        initial = {name: getattr(source_import, name) for name in ("sheet", "encoding", "delimiter")}
        kwargs.setdefault("initial", {**initial, "decimal_comma": "yes" if source_import.decimal_comma else "no"})
        super().__init__(*args, **kwargs)
        if source_import.encoding == XLSX:
            del self.fields["encoding"], self.fields["delimiter"], self.fields["decimal_comma"]
            self._choose("sheet", [(name, name) for name in source_import.sheets])
            return
        del self.fields["sheet"]
        encodings = [*ENCODINGS, *({source_import.encoding} - set(ENCODINGS))]
        self._choose("encoding", [(one, ENCODING_WORDS.get(one, one.upper())) for one in encodings])
        words = {",": _("comma"), ";": _("semicolon"), "\t": _("tabulator"), "|": _("bar")}
        self._choose("delimiter", [(one, words[one]) for one in DELIMITERS])

    @property
    def has_choice(self) -> bool:
        """Tell whether anything can be read in another way."""
        return any(len(list(cast("Any", field).choices)) > 1 for field in self.fields.values())

    def _choose(self, name: str, choices: Choices) -> None:
        cast("forms.ChoiceField", self.fields[name]).choices = choices


class MappingForm(forms.Form):
    """Where each column goes, what tells people apart, what may change, where they come from and why they are held."""

    source = forms.CharField(
        label=gettext_lazy("Source"),
        max_length=120,
        error_messages={"required": gettext_lazy("Say where these people come from: a list, an event, a partner.")},
        help_text=gettext_lazy("Where these people come from: noted for each new contact whose row does not say."),
    )
    lawful_basis = forms.ChoiceField(
        label=gettext_lazy("Lawful basis"),
        choices=[("", gettext_lazy("Choose")), *LawfulBasis.choices],
        help_text=gettext_lazy("Noted for everybody the file brings."),
    )
    mode = forms.ChoiceField(label=gettext_lazy("What the file may change"), choices=ImportMode.choices)
    key_field = forms.ChoiceField(label=gettext_lazy("People are told apart by"), required=False)
    # A source is not asked for where a column gives it, which the browser does not know.
    use_required_attribute = False
    mapping_name = forms.CharField(
        label=gettext_lazy("Keep these choices as"),
        max_length=120,
        required=False,
        help_text=gettext_lazy("They are proposed by themselves when a file with the same columns comes."),
    )

    def __init__(
        self,
        data: Any = None,
        *,
        source_import: Import,
        guesses: Sequence[Guess],
        own: OwnTargets | None = None,
        mapping_name: str = "",
    ) -> None:
        initial = {name: getattr(source_import, name) for name in ("key_field", "mode", "source", "lawful_basis")}
        initial["mapping_name"] = mapping_name
        self.columns = list(zip(source_import.columns, guesses, strict=True))
        for place, (column, _guess) in enumerate(self.columns):
            initial[f"column_{place}"] = _as_choice(column, source_import.mapping.get(column, IGNORED))
        super().__init__(data, initial=initial)
        self.fields["source"].required = data is not None or "source" not in source_import.mapping.values()
        cast("forms.ChoiceField", self.fields["key_field"]).choices = _key_choices(source_import)
        for place, (column, _guess) in enumerate(self.columns):
            choices = _choices(column, source_import.mapping.get(column, IGNORED), own or {})
            self.fields[f"column_{place}"] = forms.ChoiceField(label=column, choices=choices, required=False)

    def clean(self) -> dict[str, Any]:
        """Ask for no source where a column gives it; keep the column of the key as it is."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        chosen = {f"column_{place}": column for place, (column, _guess) in enumerate(self.columns)}
        if "source" in (data.get(name) for name in chosen) and not data.get("source"):
            self.errors.pop("source", None)
            data["source"] = ""
        for name, column in chosen.items():
            if data.get("key_field") == PROPERTY_PREFIX + column and data.get(name) in {IGNORED, *PREFIXES}:
                data[name] = PROPERTY
        return data

    @property
    def mapping(self) -> dict[str, str]:
        """What `map_import` takes."""
        return {column: self.cleaned_data[f"column_{place}"] for place, (column, _guess) in enumerate(self.columns)}

    @property
    def rows(self) -> list[tuple[forms.BoundField, Guess, bool]]:
        """The columns as the screen shows them: select, guess, and whether it was left as guessed."""
        rows = []
        for place, (column, guess) in enumerate(self.columns):
            field = self[f"column_{place}"]
            rows.append((field, guess, (field.value() or IGNORED) == _as_choice(column, guess.field)))
        return rows

    def add_refusal(self, refusal: Invalid) -> None:
        """Show beside its field what the service refused."""
        places = {column: f"column_{place}" for place, (column, _guess) in enumerate(self.columns)}
        for name, text in refusal.fields.items():
            place = places.get(name, name)
            self.add_error(place if place in self.fields else None, str(text))


def _key_choices(source_import: Import) -> Choices:
    columns: Choices = [(PROPERTY_PREFIX + column, column) for column in source_import.columns]
    current = source_import.key_field
    if current.startswith(PROPERTY_PREFIX) and current not in dict(columns):
        columns.append((current, current.removeprefix(PROPERTY_PREFIX)))
    return [
        ("", _("the external id, else the e-mail address")),
        ("external_id", _("the external id")),
        ("email", _("the e-mail address")),
        (SIREN_NAME, _("the SIREN with first and last name")),
        (_("a column of the file"), columns),
    ]


def _as_choice(column: str, field: str) -> str:
    """Return the choice of a field: a property of the column's own name is chosen by how it is read."""
    return next((kind for kind, prefix in PREFIXES.items() if field == prefix + column), field)


def _choices(column: str, current: str, own: OwnTargets) -> Choices:
    groups: dict[str | Promise, Choices] = {}
    for target in TARGETS.values():
        groups.setdefault(target.group, []).append((target.code, target.label))
    choices: Choices = [
        (IGNORED, _("Do not import")),
        *((str(group), options) for group, options in groups.items()),
        *_own_choices(own),
        (
            _("Keep as a property"),
            [
                ("property", _("Property: as it is written")),
                ("number", _("Property: number")),
                ("date", _("Property: date, day first")),
                ("date_mdy", _("Property: date, month first")),
            ],
        ),
    ]
    found = property_of(current)
    if found is not None and _as_choice(column, current) == current:
        choices.append((current, _("Property “%(name)s”") % {"name": found[1]}))
    return choices


def _own_choices(own: OwnTargets) -> Choices:
    groups = {
        "custom": _("Fields of our own"),
        "company_custom": _("Company, fields of our own"),
        "consents": _("Consent"),
    }
    found = [
        (group, [(code, _own_label(one)) for code, one in own.items() if one.part == part])
        for part, group in groups.items()
    ]
    return [(group, options) for group, options in found if options]


def _own_label(target: AnyTarget) -> str:
    if isinstance(target, ConsentTarget):
        return target_label(target)
    if target.is_month_first:
        return _("%(field)s (month first)") % {"field": target.field.label}
    return target.field.label
