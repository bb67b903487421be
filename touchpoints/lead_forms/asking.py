"""A document as a form that people fill in: its controls, and what is right and wrong of what they typed."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from contacts.fields.forms import form_field
from contacts.fields.models import CustomField, ValueType
from contacts.normalising import (
    UnusableValueError,
    clean_text,
    normalise_domain,
    normalise_email,
    normalise_phone,
    normalise_siren,
)
from prm.web import controls
from prm.work.texts import is_storable, make_storable
from touchpoints.lead_forms.document import EMAIL, Document, Element, ElementKind, QuestionType, select_visible
from touchpoints.lead_forms.guarding import TRAP, is_disposable, is_free
from touchpoints.lead_forms.identifying import PERSON
from touchpoints.lead_forms.targets import BUILT_IN, Target

LONGEST_TEXT, LONGEST_LONG, LONGEST_HIDDEN, LONGEST_PAGE = 300, 5000, 300, 2000
# What every form carries along beside its elements.
TOKEN, PAGE, REFERRER, TOUCHPOINT = "prm_token", "prm_page", "prm_referrer", "prm_touchpoint"
# What the tracker of the site says of the browser (touchpoints.tracking).
BROWSER = "prm_visitor"
CARRIED = (PAGE, REFERRER, TOUCHPOINT, BROWSER, PERSON)

_ANSWERS = [("yes", pgettext_lazy("answer", "Yes")), ("no", pgettext_lazy("answer", "No"))]
_READERS: dict[str, Callable[[str], str]] = {
    "company.siren": normalise_siren,
    "company.domain": normalise_domain,
}


@dataclass(frozen=True)
class Asked:
    """One element as the page shows it; `bound` is None for a text."""

    element: Element
    bound: BoundField | None
    # "Only if …", for those without scripts.
    only_if: str = ""

    @property
    def kind(self) -> str:
        """How it is laid out: "check", "choices", "select" or "text"."""
        return controls.kind(self.bound) if self.bound is not None else ""

    @property
    def values(self) -> str:
        """The answers its condition wants, as scripts read them."""
        return json.dumps(self.element.when.values) if self.element.when else ""

    @property
    def control(self) -> SafeString:
        """The control, described by what is wrong or by its help."""
        if self.bound is None:
            return SafeString("")
        attrs: dict[str, str | bool] = {}
        if self.bound.errors:
            attrs = {"aria-invalid": "true", "aria-describedby": f"{self.bound.auto_id}_error"}
        elif self.element.help:
            attrs = {"aria-describedby": f"{self.bound.auto_id}_help"}
        return self.bound.as_widget(attrs=attrs)


class AskForm(forms.Form):
    """What people fill in. `elements` are those that are asked of this person, `own` the organisation's own fields.

    Once it is valid, `answers` holds what was answered by key, in its stored form, of what is visible alone.
    """

    use_required_attribute = False

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        document: Document,
        elements: Sequence[Element],
        own: Mapping[str, CustomField],
        region: str,
        initial: Mapping[str, Any] | None = None,
        prefix_id: str = "",
    ) -> None:
        super().__init__(data, auto_id=f"{prefix_id}f-%s", initial={**(initial or {})})
        self.document, self.region = document, region
        # A field that was archived since is no longer asked for.
        self.elements = [one for one in elements if not one.own_key or one.target in own]
        for one in self.elements:
            if one.kind != ElementKind.TEXT:
                self.fields[one.key] = _control(one, own)
        self.fields[TOKEN] = _hidden(4000)
        self.fields[TRAP] = forms.CharField(required=False, max_length=LONGEST_LONG)
        for name in CARRIED:
            self.fields[name] = _hidden(LONGEST_PAGE)

    def clean(self) -> dict[str, Any]:
        """Want what is required, and forgive whatever is wrong with what is not visible."""
        data: dict[str, Any] = super().clean() or {}
        for one in self.elements:
            if one.target in {*BUILT_IN} and data.get(one.key):
                self._normalise(one, data)
        self.visible = list(select_visible(self.elements, data))
        seen = {one.key for one in self.visible}
        for one in self.elements:
            if one.key not in seen or one.kind == ElementKind.HIDDEN:
                self.errors.pop(one.key, None)
            elif one.is_required and one.key not in self.errors and data.get(one.key) in (None, "", [], False):
                self.add_error(one.key, _missing(one))
        for name in (*CARRIED, TOKEN, TRAP):
            self.errors.pop(name, None)
        return data

    def _normalise(self, one: Element, data: dict[str, Any]) -> None:
        try:
            data[one.key] = _read(one.target, str(data[one.key]), self.region)
        except UnusableValueError as error:
            self.add_error(one.key, str(error.message))
            return
        if one.target != EMAIL:
            return
        if self.document.refuses_disposable and is_disposable(data[one.key]):
            self.add_error(one.key, _("This address lives for minutes only: give one where you can be reached."))
        elif self.document.refuses_free and is_free(data[one.key]):
            self.add_error(one.key, _("Give the e-mail address of your company."))

    @property
    def answers(self) -> dict[str, Any]:
        """What was answered, once the form is valid."""
        data = self.cleaned_data
        return {
            one.key: data[one.key]
            for one in self.visible
            if one.kind != ElementKind.TEXT and data.get(one.key) not in (None, "", [])
        }

    @cached_property
    def rows(self) -> list[Asked]:
        """What the page shows, in its order."""
        return [
            Asked(one, None if one.kind == ElementKind.TEXT else self[one.key], self._only_if(one))
            for one in self.elements
            if one.kind != ElementKind.HIDDEN
        ]

    @property
    def has_required(self) -> bool:
        """Tell whether something must be answered."""
        return any(one.is_required and one.is_asked for one in self.elements)

    @property
    def unseen(self) -> list[BoundField]:
        """What the page carries along."""
        hidden = [self[one.key] for one in self.elements if one.kind == ElementKind.HIDDEN]
        return [*hidden, *(self[name] for name in (*CARRIED, TOKEN))]

    @property
    def trap(self) -> BoundField:
        """The field that people do not see."""
        return self[TRAP]

    def _only_if(self, one: Element) -> str:
        """Say of which answer an element depends, in words."""
        asked = next((other for other in self.elements if one.when and other.key == one.when.key), None)
        if one.when is None or asked is None:
            return ""
        if not one.when.values:
            return _("Only if you answered “%(question)s”") % {"question": asked.label}
        choices: Any = getattr(self.fields[asked.key], "choices", [("yes", _("Yes")), ("no", _("No"))])
        words = {str(code): str(word) for code, word in choices}
        said = ", ".join(words.get(value, value) for value in one.when.values)
        return _("Only if “%(question)s” is: %(answer)s") % {"question": asked.label, "answer": said}


def carried(given: Mapping[str, Any], name: str) -> str:
    """Return something a page carried along, as it can be kept."""
    return make_storable(str(given.get(name, "") or ""))[:LONGEST_PAGE]


def _missing(one: Element) -> str:
    if one.kind == ElementKind.CONSENT:
        return _("Tick this box to go on.")
    return _("This is needed.")


def _read(target: str, text: str, region: str) -> str:
    if target == EMAIL:
        return normalise_email(text)
    if target == "contact.phone":
        return normalise_phone(text, region)
    if target in _READERS:
        return _READERS[target](text)
    return clean_text(text, BUILT_IN[target].longest)


def _control(one: Element, own: Mapping[str, CustomField]) -> forms.Field:
    """Return the control of an element. Whether it is required is judged where its condition is known."""
    if one.kind == ElementKind.HIDDEN:
        return _hidden(LONGEST_HIDDEN)
    if one.kind == ElementKind.CONSENT:
        field: forms.Field = forms.BooleanField()
    elif one.kind == ElementKind.QUESTION:
        field = _question(one)
    elif one.target in own:
        field = _own(own[one.target])
    else:
        field = _built_in(BUILT_IN[one.target])
    field.required = False
    field.label = one.text if one.kind == ElementKind.CONSENT else one.label
    field.help_text = one.help
    if one.is_required and not isinstance(field.widget, forms.CheckboxSelectMultiple):
        # Browsers would want what is not visible as well: there a script says what is needed.
        field.widget.attrs["data-required" if one.when else "required"] = True
    return field


def _built_in(target: Target) -> forms.Field:
    attrs = {"autocomplete": target.autocomplete, "type": target.input_type}
    if target.input_type == "email":
        attrs |= {"inputmode": "email", "autocapitalize": "off", "spellcheck": "false"}
    return _Text(max_length=target.longest, widget=forms.TextInput(attrs=attrs))


def _own(field: CustomField) -> forms.Field:
    found = form_field(field)
    if field.value_type == ValueType.BOOLEAN:
        return forms.ChoiceField(choices=_ANSWERS, widget=forms.RadioSelect)
    if isinstance(found, forms.ChoiceField) and not isinstance(found, forms.MultipleChoiceField):
        offered = [(one.code, one.label) for one in field.options if one.is_offered]
        found.choices = [("", _("Choose one")), *offered]
    return found


def _question(one: Element) -> forms.Field:
    choices = [(text, text) for text in one.choices]
    if one.type == QuestionType.LONG:
        return _Text(max_length=LONGEST_LONG, widget=forms.Textarea(attrs={"rows": 5}))
    if one.type == QuestionType.CHOICE:
        if len(choices) <= 5:
            return forms.ChoiceField(choices=choices, widget=forms.RadioSelect)
        return forms.ChoiceField(choices=[("", _("Choose one")), *choices])
    if one.type == QuestionType.CHOICES:
        return forms.MultipleChoiceField(choices=choices, widget=forms.CheckboxSelectMultiple)
    if one.type == QuestionType.BOOLEAN:
        return forms.ChoiceField(choices=_ANSWERS, widget=forms.RadioSelect)
    return _Text(max_length=LONGEST_TEXT)


class _Text(forms.CharField):
    """A text the database can hold."""

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not is_storable(text):
            raise forms.ValidationError(gettext_lazy("This holds characters that cannot be stored."))
        return text


def _hidden(longest: int) -> forms.CharField:
    return forms.CharField(required=False, max_length=longest, widget=forms.HiddenInput)
