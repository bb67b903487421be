"""What members type in about forms; services.py and editing.py check it."""

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contacts.consent.queries import Standing
from contacts.fields.models import CustomField, ValueType
from touchpoints.lead_forms.document import (
    After,
    AfterKind,
    Document,
    Element,
    ElementKind,
    QuestionType,
)
from touchpoints.lead_forms.editing import LARGEST_FILE, NewFile, make_condition
from touchpoints.lead_forms.models import LeadForm
from touchpoints.lead_forms.starting import USUAL, Start
from touchpoints.lead_forms.targets import BUILT_IN, own_targets
from touchpoints.lead_forms.wording import TYPES
from touchpoints.models import Touchpoint

_LANGUAGES = [("fr", "Français"), ("en", "English")]


def _area(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


class NewForm(forms.Form):
    """The beginning of a form."""

    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=120, help_text=gettext_lazy("For you; people do not read it.")
    )
    start = forms.ChoiceField(
        label=gettext_lazy("Begin with"),
        choices=[(one.start.value, one.label) for one in USUAL],
        widget=forms.RadioSelect,
        initial=Start.CONTACT.value,
    )
    language = forms.ChoiceField(label=gettext_lazy("Language of the form"), choices=_LANGUAGES)
    touchpoint = forms.TypedChoiceField(
        label=gettext_lazy("Touchpoint"),
        coerce=int,
        empty_value=None,
        required=False,
        help_text=gettext_lazy("Where what is sent is counted."),
    )

    def __init__(self, *args: Any, touchpoints: Sequence[Touchpoint], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        place: Any = self.fields["touchpoint"]
        place.choices = _places(touchpoints, None)


class SettingsForm(forms.Form):
    """What is no part of what people read."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    language = forms.ChoiceField(label=gettext_lazy("Language of the form"), choices=_LANGUAGES)
    touchpoint = forms.TypedChoiceField(label=gettext_lazy("Touchpoint"), coerce=int, empty_value=None, required=False)
    hosts = forms.CharField(
        label=gettext_lazy("Sites that may show it"),
        required=False,
        max_length=6000,
        widget=forms.Textarea(attrs={"rows": 3, "placeholder": "www.acme.fr", "spellcheck": "false"}),
        help_text=gettext_lazy("One a line; *.acme.fr is every site below. Others cannot put it into their pages."),
    )

    def __init__(self, data: Any = None, *, form: LeadForm, touchpoints: Sequence[Touchpoint]) -> None:
        initial = {
            "name": form.name,
            "language": form.language,
            "touchpoint": form.touchpoint_id,
            "hosts": "\n".join(form.hosts),
        }
        super().__init__(data, initial=initial)
        place: Any = self.fields["touchpoint"]
        place.choices = _places(touchpoints, form.touchpoint)

    @property
    def values(self) -> dict[str, Any]:
        """What the service takes."""
        data = self.cleaned_data
        return {
            "name": data["name"],
            "language": data["language"],
            "touchpoint_id": data["touchpoint"],
            "hosts": data["hosts"].split(),
        }


class PageForm(forms.Form):
    """What stands around the questions, and how answers are taken."""

    title = forms.CharField(label=gettext_lazy("Title"), max_length=160, required=False)
    intro = forms.CharField(label=gettext_lazy("Introduction"), max_length=2000, required=False, widget=_area(3))
    button = forms.CharField(label=gettext_lazy("Button"), max_length=60, required=False)
    colour = forms.CharField(
        label=gettext_lazy("Colour"),
        max_length=7,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": "#0b6b53", "spellcheck": "false"}),
        help_text=gettext_lazy("Of the button; the ink on it is chosen so that it can be read."),
    )
    most_progressive = forms.IntegerField(
        label=gettext_lazy("Missing things asked at a time"),
        min_value=0,
        max_value=20,
        help_text=gettext_lazy("Of what is asked only while it is not known."),
    )
    replaces = forms.BooleanField(
        label=gettext_lazy("An answer takes the place of what is known"),
        required=False,
        help_text=gettext_lazy("Else it only fills in what is not. Nothing ever gives way to less."),
    )
    refuses_disposable = forms.BooleanField(
        label=gettext_lazy("Refuse addresses that live for minutes"), required=False
    )
    refuses_free = forms.BooleanField(
        label=gettext_lazy("Refuse free mailboxes"), required=False, help_text=gettext_lazy("Gmail, Orange and so on.")
    )

    def __init__(self, data: Any = None, *, document: Document) -> None:
        super().__init__(data, initial={name: getattr(document, name) for name in self.base_fields})


class AfterForm(forms.Form):
    """What follows the sending."""

    kind = forms.ChoiceField(
        label=gettext_lazy("Then people see"),
        choices=[
            (AfterKind.MESSAGE.value, gettext_lazy("A message")),
            (AfterKind.REDIRECT.value, gettext_lazy("Another page")),
            (AfterKind.FILE.value, gettext_lazy("A file to download, with a message")),
        ],
        widget=forms.RadioSelect,
    )
    message = forms.CharField(label=gettext_lazy("Message"), max_length=4000, required=False, widget=_area(4))
    url = forms.CharField(
        label=gettext_lazy("Page"),
        max_length=500,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": "https://www.acme.fr/merci", "inputmode": "url"}),
    )
    file = forms.FileField(label=gettext_lazy("File"), required=False)

    def __init__(self, data: Any = None, files: Any = None, *, document: Document) -> None:
        initial = {name: getattr(document.after, name) for name in ("kind", "message", "url")}
        super().__init__(data, files, initial=initial)

    def clean_file(self) -> Any:
        """Refuse what is larger than a document for a download."""
        file = self.cleaned_data["file"]
        if file is not None and file.size > LARGEST_FILE:
            raise forms.ValidationError(_("A file has at most ten megabytes, and is not empty."))
        return file

    @property
    def after(self) -> After:
        """What the service takes."""
        data = self.cleaned_data
        return After(AfterKind(data["kind"]), data["message"], data["url"].strip())

    @property
    def new_file(self) -> NewFile | None:
        """The document, where one was uploaded."""
        file = self.cleaned_data["file"]
        return NewFile(file.name, file.content_type or "", file.read()) if file else None


class ElementForm(forms.Form):
    """One element; which of these are asked depends on what it is."""

    label = forms.CharField(label=gettext_lazy("What is asked"), max_length=200, required=False)
    type = forms.ChoiceField(
        label=gettext_lazy("Answer"), choices=[(one.value, words) for one, words in TYPES.items()], required=False
    )
    choices = forms.CharField(
        label=gettext_lazy("Choices"), required=False, widget=_area(5), help_text=gettext_lazy("One a line.")
    )
    target = forms.ChoiceField(label=gettext_lazy("Fills in"), required=False)
    text = forms.CharField(label=gettext_lazy("Text"), max_length=4000, required=False, widget=_area(4))
    help = forms.CharField(label=gettext_lazy("Help"), max_length=300, required=False)
    is_required = forms.BooleanField(label=gettext_lazy("Required"), required=False)
    is_progressive = forms.BooleanField(
        label=gettext_lazy("Ask only while it is not known"),
        required=False,
        help_text=gettext_lazy("Who comes back is asked the next thing that is missing."),
    )
    is_confirmed = forms.BooleanField(
        label=gettext_lazy("Confirm by e-mail (double opt-in)"),
        required=False,
        help_text=gettext_lazy("The tick counts once the person pressed the button in the e-mail."),
    )
    when = forms.MultipleChoiceField(
        label=gettext_lazy("Ask only where an answer before was"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("None: it is asked of everybody."),
    )

    def __init__(
        self,
        data: Any = None,
        *,
        element: Element,
        document: Document,
        own: Iterable[CustomField],
        purposes: Sequence[Standing],
    ) -> None:
        initial = {name: getattr(element, name) for name in self.base_fields}
        initial["choices"] = "\n".join(element.choices)
        initial["when"] = _ticked(element)
        super().__init__(data, initial=initial)
        self.element = element
        fields = own_targets(own)
        for name in set(self.fields) - _ASKED[element.kind]:
            del self.fields[name]
        self._word(element, purposes)
        when: Any = self.fields.get("when")
        if when is not None:
            when.choices = list(_possible(document.before(element.key), fields))
            if not when.choices:
                del self.fields["when"]
        target: Any = self.fields.get("target")
        if target is not None:
            target.choices = [
                ("", _("Nothing: it is kept with what was sent")),
                *((one.name, one.label) for one in BUILT_IN.values() if one.name != "contact.email"),
                *((name, one.label) for name, one in fields.items()),
            ]

    def _word(self, element: Element, purposes: Sequence[Standing]) -> None:
        """Say of what is asked what it is of this kind of element."""
        if element.kind == ElementKind.CONSENT:
            text = next((one.text for one in purposes if one.purpose.code == element.target), "")
            self.fields["text"].label = _("Words beside the box")
            self.fields["text"].help_text = _("Left empty, those of the purpose: “%(text)s”") % {"text": text}
        elif element.kind == ElementKind.HIDDEN:
            self.fields["label"].label = _("Name")
            self.fields["text"] = forms.CharField(
                label=_("Value"),
                max_length=300,
                required=False,
                help_text=_("The address of the page may say another: %(key)s=…") % {"key": element.key},
            )
        elif element.kind == ElementKind.TEXT:
            self.fields["label"].label = _("Heading")

    def clean_when(self) -> Any:
        """Refuse answers of several questions."""
        when: list[str] = self.cleaned_data["when"]
        if len({one.partition("=")[0] for one in when}) > 1:
            raise forms.ValidationError(_("Tick answers of one question only."))
        return when

    @property
    def values(self) -> dict[str, Any]:
        """What the service takes."""
        values = dict(self.cleaned_data)
        if "when" in values:
            values["when"] = make_condition(values["when"])
        if "choices" in values:
            values["choices"] = tuple(values["choices"].splitlines())
        if "type" in values:
            values["type"] = QuestionType(values["type"] or QuestionType.TEXT)
        return values


_ASKED: dict[ElementKind, set[str]] = {
    ElementKind.FIELD: {"label", "help", "is_required", "is_progressive", "when"},
    ElementKind.QUESTION: {"label", "type", "choices", "help", "is_required", "when"},
    ElementKind.CONSENT: {"text", "is_required", "is_confirmed", "when"},
    ElementKind.TEXT: {"label", "text", "when"},
    ElementKind.HIDDEN: {"label", "target", "text"},
}


def _ticked(element: Element) -> list[str]:
    if element.when is None:
        return []
    return [f"{element.when.key}={value}" for value in element.when.values] or [element.when.key]


def _possible(before: Sequence[Element], own: dict[str, CustomField]) -> Iterable[tuple[str, str]]:
    """Yield the answers a condition can want: each choice, and that something was answered at all."""
    for one in before:
        if not one.is_asked:
            continue
        label = one.label or one.text or one.key
        yes_no = [("yes", _("yes")), ("no", _("no"))]
        field = own.get(one.target)
        if one.kind == ElementKind.CONSENT:
            yield f"{one.key}=yes", _("“%(question)s” is ticked") % {"question": label[:60]}
            continue
        if one.kind == ElementKind.QUESTION:
            answers = [(text, text) for text in one.choices] or (yes_no if one.type == QuestionType.BOOLEAN else [])
        elif field is not None and field.value_type.has_choices:
            answers = [(option.code, option.label) for option in field.options if option.is_offered]
        else:
            answers = yes_no if field is not None and field.value_type == ValueType.BOOLEAN else []
        for value, word in answers:
            yield f"{one.key}={value}", _("“%(question)s” is: %(answer)s") % {"question": label, "answer": word}
        if not answers:
            yield one.key, _("“%(question)s” is answered") % {"question": label}


def _places(touchpoints: Sequence[Touchpoint], current: Touchpoint | None) -> list[tuple[Any, Any]]:
    choices = [(one.pk, one.name) for one in touchpoints]
    if current is not None and current.pk not in dict(choices):
        choices.append((current.pk, current.name))
    return [("", _("None yet: rules of recognition decide")), *choices]
