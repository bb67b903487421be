"""What members type in about contents; services.py checks it."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from prm.organisations.models import User
from touchpoints.contents.files import ENDINGS, LARGEST_FILE, NewFile
from touchpoints.contents.models import LANGUAGES, Content, ContentKind, Served
from touchpoints.contents.queries import SORTS, Filters
from touchpoints.contents.services import LONGEST_URL, ContentInput
from touchpoints.interests.models import Theme
from touchpoints.lead_forms.models import LeadForm
from touchpoints.models import Touchpoint


def _number(label: Any, **more: Any) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(label=label, coerce=int, empty_value=None, **more)


class ContentForm(forms.Form):
    """Adds or changes a content."""

    title = forms.CharField(label=gettext_lazy("Title"), max_length=160)
    summary = forms.CharField(
        label=gettext_lazy("In a few words"),
        max_length=400,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("People read it above the form, and where it is proposed to them."),
    )
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=ContentKind.choices)
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=LANGUAGES)
    theme = _number(gettext_lazy("Theme"))
    stage = forms.ChoiceField(label=gettext_lazy("Written for"), choices=Served.choices)
    url = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=LONGEST_URL,
        required=False,
        widget=forms.TextInput(
            attrs={"placeholder": "https://www.acme.fr/blog/article", "inputmode": "url", "spellcheck": "false"}
        ),
        help_text=gettext_lazy("Where it is on the web. On a tracked site, readings and their time are seen there."),
    )
    file = forms.FileField(
        label=gettext_lazy("or a file"),
        required=False,
        widget=forms.FileInput(attrs={"accept": ",".join(f".{one}" for one in ENDINGS)}),
    )
    form = _number(
        gettext_lazy("Form before it"),
        required=False,
        help_text=gettext_lazy("Who is not known yet fills it in first. Only forms that are live can be chosen."),
    )
    touchpoint = _number(
        gettext_lazy("Touchpoint"), required=False, help_text=gettext_lazy("Where its readings are counted.")
    )
    owner = _number(gettext_lazy("Owner"), required=False)

    def __init__(
        self,
        data: Any = None,
        files: Any = None,
        *,
        themes: Sequence[Theme],
        forms_of: Sequence[LeadForm],
        touchpoints: Sequence[Touchpoint],
        owners: Sequence[User],
        content: Content | None = None,
        initial: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(data, files, initial=_initial(content) if content else initial)
        self._offer("theme", [("", _("Choose one")), *((one.pk, one.name) for one in themes)])
        offered = list(forms_of)
        if content is not None and content.form is not None and content.form not in offered:
            offered.append(content.form)
        self._offer("form", [("", _("None: it is open")), *((one.pk, one.name) for one in offered)])
        places = list(touchpoints)
        if content is not None and content.touchpoint is not None and content.touchpoint not in places:
            places.append(content.touchpoint)
        self._offer("touchpoint", [("", pgettext("touchpoint", "None")), *((one.pk, one.name) for one in places)])
        self._offer("owner", [("", _("Nobody")), *((one.pk, str(one)) for one in owners)])
        megabytes = LARGEST_FILE // 1024 // 1024
        words = _("At most %(n)s megabytes: %(kinds)s.")
        self.fields["file"].help_text = words % {"n": megabytes, "kinds": ", ".join(ENDINGS)}

    def _offer(self, name: str, choices: list[tuple[Any, str]]) -> None:
        field: Any = self.fields[name]
        field.choices = choices

    def clean_file(self) -> NewFile | None:
        """Read an upload; one that is too large is refused unread."""
        file = self.cleaned_data["file"]
        if not file:
            return None
        if file.size > LARGEST_FILE:
            words = _("A file has at most %(n)s megabytes, and is not empty.")
            raise forms.ValidationError(words % {"n": LARGEST_FILE // 1024 // 1024})
        return NewFile.of(file.name, file.read())

    @property
    def values(self) -> ContentInput:
        """What the service takes."""
        data = self.cleaned_data
        return ContentInput(
            title=data["title"],
            summary=data["summary"],
            kind=data["kind"],
            language=data["language"],
            theme_id=data["theme"],
            stage=data["stage"],
            url=data["url"],
            file=data["file"],
            form_id=data["form"],
            touchpoint_id=data["touchpoint"],
            owner_id=data["owner"],
        )


def _initial(content: Content) -> dict[str, Any]:
    plain = {name: getattr(content, name) for name in ("title", "summary", "kind", "language", "stage", "url")}
    references = {name: getattr(content, f"{name}_id") for name in ("theme", "form", "touchpoint", "owner")}
    return {**plain, **references}


class FilterForm(forms.Form):
    """What the library's address asks for; what it does not understand it leaves out."""

    q = forms.CharField(required=False, max_length=120)
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"), required=False, choices=[("", gettext_lazy("All kinds")), *ContentKind.choices]
    )
    theme = _number(gettext_lazy("Theme"), required=False)
    stage = forms.ChoiceField(
        label=gettext_lazy("Written for"),
        required=False,
        choices=[("", gettext_lazy("All stages")), *Served.choices],
    )
    language = forms.ChoiceField(
        label=gettext_lazy("Language"), required=False, choices=[("", gettext_lazy("All languages")), *LANGUAGES]
    )
    owner = _number(gettext_lazy("Owner"), required=False)
    gate = forms.ChoiceField(
        label=gettext_lazy("Access"),
        required=False,
        choices=[
            ("", gettext_lazy("Open and gated")),
            ("open", pgettext_lazy("contents", "Open")),
            ("gated", pgettext_lazy("contents", "Behind a form")),
        ],
    )
    sort = forms.ChoiceField(required=False, choices=[(sign + key, key) for key in SORTS for sign in ("", "-")])
    archived = forms.BooleanField(required=False)

    def __init__(self, *args: Any, themes: Sequence[Theme], owners: Sequence[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        theme: Any = self.fields["theme"]
        theme.choices = [("", _("All themes")), *((one.pk, one.name) for one in themes)]
        owner: Any = self.fields["owner"]
        owner.choices = [("", _("All owners")), *((one.pk, str(one)) for one in owners)]

    @property
    def filters(self) -> Filters:
        """What narrows the library."""
        self.is_valid()
        data = self.cleaned_data
        return Filters(
            search=(data.get("q") or "").replace("\x00", ""),
            kind=data.get("kind") or "",
            theme_id=data.get("theme"),
            stage=data.get("stage") or "",
            language=data.get("language") or "",
            owner_id=data.get("owner"),
            gate=data.get("gate") or "",
            is_archived=bool(data.get("archived")),
        )

    @property
    def order(self) -> str:
        """The order asked for, "-" first when high values come first; the newest change first if none is."""
        self.is_valid()
        return self.cleaned_data.get("sort") or "-changed"

    @property
    def in_use(self) -> list[tuple[str, str, str]]:
        """The filters in use, as (key, label, value in words)."""
        found = []
        for key in ("kind", "theme", "stage", "language", "owner", "gate"):
            value = self.cleaned_data.get(key) if self.is_bound else None
            if value:
                field: Any = self.fields[key]
                words = dict(field.choices)
                found.append((key, str(field.label), str(words.get(value, value))))
        return found
