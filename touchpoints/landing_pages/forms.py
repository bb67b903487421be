"""What members type in about landing pages; services.py, editing.py and testing.py check it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from prm.organisations.models import Organisation
from prm.work.errors import Invalid
from touchpoints.appearance.pictures import ACCEPTED_TYPES, LARGEST_FILE, LONGEST_LOGO_SIDE, LONGEST_SIDE, keep_picture
from touchpoints.appearance.queries import Shown
from touchpoints.landing_pages.document import Block, BlockKind, Document, Figure, Logo, ProofKind
from touchpoints.landing_pages.models import LandingPage, PageVariant
from touchpoints.landing_pages.starting import USUAL, Start
from touchpoints.lead_forms.models import FormStatus, LeadForm
from touchpoints.models import Touchpoint

_LANGUAGES = [("fr", "Français"), ("en", "English")]


def _area(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


def _choice(label: Any, **more: Any) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(label=label, coerce=int, empty_value=None, required=False, **more)


class NewPageForm(forms.Form):
    """The beginning of a page."""

    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=120, help_text=gettext_lazy("For you; its address comes of it.")
    )
    start = forms.ChoiceField(
        label=gettext_lazy("Begin with"),
        choices=[(one.start.value, one.label) for one in USUAL],
        widget=forms.RadioSelect,
        initial=Start.WHITE_PAPER.value,
    )
    language = forms.ChoiceField(label=gettext_lazy("Language of the page"), choices=_LANGUAGES)
    touchpoint = _choice(
        gettext_lazy("Touchpoint"), help_text=gettext_lazy("Where visits and what is sent are counted.")
    )

    def __init__(self, *args: Any, touchpoints: Sequence[Touchpoint], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        place: Any = self.fields["touchpoint"]
        place.choices = _places(touchpoints, None)


class SettingsForm(forms.Form):
    """What is no part of what people read."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    slug = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=80,
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocapitalize": "off"}),
        help_text=gettext_lazy("Once it was published, its old address leads to the new one."),
    )
    language = forms.ChoiceField(label=gettext_lazy("Language of the page"), choices=_LANGUAGES)
    touchpoint = _choice(
        gettext_lazy("Touchpoint"), help_text=gettext_lazy("Where visits and what is sent are counted.")
    )
    original = _choice(
        gettext_lazy("Translation of"),
        help_text=gettext_lazy("Search engines are told, and show each person the page in their language."),
    )

    def __init__(
        self,
        data: Any = None,
        *,
        page: LandingPage,
        touchpoints: Sequence[Touchpoint],
        originals: Sequence[LandingPage],
    ) -> None:
        initial = {
            "name": page.name,
            "slug": page.slug,
            "language": page.language,
            "touchpoint": page.touchpoint_id,
            "original": page.original_id,
        }
        super().__init__(data, initial=initial)
        place: Any = self.fields["touchpoint"]
        place.choices = _places(touchpoints, page.touchpoint)
        original: Any = self.fields["original"]
        known = [(one.pk, f"{one.name} ({one.get_language_display()})") for one in originals]
        original.choices = [("", _("None")), *known]

    @property
    def values(self) -> dict[str, Any]:
        """What the service takes."""
        data = self.cleaned_data
        return {
            **{name: data[name] for name in ("name", "slug", "language")},
            "touchpoint_id": data["touchpoint"],
            "original_id": data["original"],
        }


class LookForm(forms.Form):
    """How a variant is laid out, and what it says of itself elsewhere."""

    is_beside = forms.BooleanField(
        label=gettext_lazy("The form stands beside the rest"),
        required=False,
        help_text=gettext_lazy("On a phone it comes after it."),
    )
    seo_title = forms.CharField(
        label=gettext_lazy("Title for search engines"),
        max_length=120,
        required=False,
        help_text=gettext_lazy("Left empty, the first title of the page."),
    )
    description = forms.CharField(
        label=gettext_lazy("Description"),
        max_length=300,
        required=False,
        widget=_area(3),
        help_text=gettext_lazy("Below the title in search results and networks. Left empty, the first subtitle."),
    )
    picture = forms.FileField(
        label=gettext_lazy("Picture beside links"),
        required=False,
        widget=forms.FileInput(attrs={"accept": ACCEPTED_TYPES}),
        help_text=gettext_lazy("On networks; 1200 × 630 is best. Without one, the first picture of the page."),
    )
    is_indexed = forms.BooleanField(
        label=gettext_lazy("Search engines may list it"),
        required=False,
        help_text=gettext_lazy("Not for pages of an advertisement alone."),
    )

    def __init__(self, data: Any = None, files: Any = None, *, document: Document) -> None:
        names = ("is_beside", "seo_title", "description", "is_indexed")
        super().__init__(data, files, initial={name: getattr(document, name) for name in names})

    def clean_picture(self) -> Any:
        """Refuse what is too large before it is read."""
        return _small(self.cleaned_data["picture"])

    def values(self, organisation: Organisation) -> dict[str, Any]:
        """Return what the service takes; a new picture is kept first. Raises Invalid."""
        data = dict(self.cleaned_data)
        upload = data.pop("picture")
        if upload:
            data["picture_id"] = _keep(organisation, upload, "picture", LONGEST_SIDE)
        return data


def _small(upload: Any) -> Any:
    if upload is not None and upload.size > LARGEST_FILE:
        raise forms.ValidationError(_("A picture has at most ten megabytes, and is not empty."))
    return upload


def _keep(organisation: Organisation, upload: Any, name: str, longest_side: int) -> int:
    try:
        return keep_picture(organisation, upload, longest_side=longest_side).pk
    except Invalid as refusal:
        raise Invalid(fields={name: refusal.message}) from refusal


class _Files(forms.FileField):
    """Several files at once."""

    class _Input(forms.FileInput):
        allow_multiple_selected = True

    widget = _Input

    def clean(self, data: Any, initial: Any = None) -> Any:
        files = data if isinstance(data, list | tuple) else [data] if data else []
        return [_small(super(_Files, self).clean(one, initial)) for one in files]


class BlockForm(forms.Form):
    """One block; which of these are asked depends on what it is."""

    title = forms.CharField(label=pgettext_lazy("block", "Title"), max_length=160, required=False)
    subtitle = forms.CharField(label=gettext_lazy("Subtitle"), max_length=300, required=False, widget=_area(2))
    button = forms.CharField(
        label=gettext_lazy("Button to the form"),
        max_length=60,
        required=False,
        help_text=gettext_lazy("Shown where the form is not in sight; left empty, there is none."),
    )
    text = forms.CharField(
        label=pgettext_lazy("block", "Text"),
        max_length=10_000,
        required=False,
        widget=_area(10),
        help_text=gettext_lazy(
            "**bold**, *italic*, - for a list, ## for a heading, [words](https://…) for a link; or simple HTML."
        ),
    )
    picture = forms.FileField(
        label=pgettext_lazy("block", "Picture"),
        required=False,
        widget=forms.FileInput(attrs={"accept": ACCEPTED_TYPES}),
        help_text=gettext_lazy("JPEG, PNG, WebP or GIF, at most ten megabytes."),
    )
    alt = forms.CharField(
        label=gettext_lazy("What it shows"),
        max_length=300,
        required=False,
        help_text=gettext_lazy("Read out to those who do not see it."),
    )
    name = forms.CharField(label=gettext_lazy("Name"), max_length=120, required=False)
    role = forms.CharField(label=gettext_lazy("Job title"), max_length=120, required=False)
    company = forms.CharField(label=gettext_lazy("Company"), max_length=120, required=False)
    figures = forms.CharField(
        label=gettext_lazy("Figures"),
        required=False,
        max_length=1000,
        widget=_area(4),
        help_text=gettext_lazy("One a line, with what it says: 42 % | fewer lost leads"),
    )
    logos = _Files(
        label=gettext_lazy("Add logos"),
        required=False,
        widget=_Files._Input(attrs={"accept": ACCEPTED_TYPES}),
        help_text=gettext_lazy("Several at once; JPEG, PNG, WebP or GIF, at most ten megabytes each."),
    )
    form_id = _choice(pgettext_lazy("block", "Form"))

    def __init__(
        self,
        data: Any = None,
        files: Any = None,
        *,
        block: Block,
        forms_of: Sequence[LeadForm] = (),
        pictures: Mapping[int, Shown] | None = None,
    ) -> None:
        initial = {name: getattr(block, name) for name in _PLAIN} | {"form_id": block.form_id}
        initial["figures"] = "\n".join(f"{one.value} | {one.label}".strip(" |") for one in block.figures)
        super().__init__(data, files, initial=initial)
        self.block, self.pictures = block, pictures or {}
        for name in set(self.fields) - _ASKED[_code(block)]:
            del self.fields[name]
        self._word(block)
        if "form_id" in self.fields:
            field: Any = self.fields["form_id"]
            field.choices = [("", _("Choose one")), *((one.pk, _form_word(one)) for one in forms_of)]
        self.logo_names: list[str] = []
        if block.kind == BlockKind.PROOF and block.proof == ProofKind.LOGOS:
            for place, logo in enumerate(block.logos):
                name = f"logo_{place}"
                self.logo_names.append(name)
                self.fields[name] = forms.CharField(
                    label=_("Whose logo"),
                    max_length=120,
                    required=False,
                    initial=logo.alt,
                    help_text=_("Left empty, this logo is taken away."),
                )

    def _word(self, block: Block) -> None:
        """Say of what is asked what it is of this kind of block."""
        if block.kind == BlockKind.TITLE:
            self.fields["title"].required = True
            self.fields["title"].error_messages["required"] = _("Write the title.")
        if block.kind == BlockKind.PICTURE:
            self.fields["subtitle"].label = _("Words below it")
            self.fields["alt"].required = True
            self.fields["alt"].error_messages["required"] = _(
                "Say what the picture shows, for those who do not see it."
            )
        if block.kind == BlockKind.PROOF:
            self.fields["title"].label = _("Heading")
        if block.kind == BlockKind.TEXT:
            self.fields["title"].label = _("Heading")
        if block.kind == BlockKind.PROOF and block.proof == ProofKind.QUOTE:
            self.fields["text"] = forms.CharField(
                label=_("What was said"), max_length=2000, required=False, initial=block.text, widget=_area(4)
            )
            self.order_fields(["title", "text", "name", "role", "company"])

    def clean_picture(self) -> Any:
        """Refuse what is too large before it is read."""
        return _small(self.cleaned_data["picture"])

    @property
    def logos_shown(self) -> list[tuple[Shown | None, Any]]:
        """The logos there are, each with the field of whose it is."""
        return [
            (self.pictures.get(logo.picture_id), self[name])
            for logo, name in zip(self.block.logos, self.logo_names, strict=True)
        ]

    def values(self, organisation: Organisation | None) -> dict[str, Any]:
        """Return what the service takes; new pictures are kept first, or left out where there is no organisation.

        Raises Invalid.
        """
        data = self.cleaned_data
        values: dict[str, Any] = {name: data[name] for name in (*_PLAIN, "form_id") if name in data}
        for name in _PLAIN:
            if name in values and not isinstance(self.fields[name].widget, forms.Textarea):
                values[name] = " ".join(values[name].split())
        if "figures" in data:
            lines = (line.partition("|") for line in data["figures"].splitlines() if line.strip())
            values["figures"] = tuple(Figure(value.strip(), label.strip()) for value, _bar, label in lines)
        if self.block.kind == BlockKind.PROOF and self.block.proof == ProofKind.LOGOS:
            named = zip(self.block.logos, self.logo_names, strict=True)
            values["logos"] = tuple(
                Logo(one.picture_id, data[name].strip()) for one, name in named if data[name].strip()
            )
        if organisation is None:
            return values
        if data.get("picture"):
            values["picture_id"] = _keep(organisation, data["picture"], "picture", LONGEST_SIDE)
        if data.get("logos"):
            keep: Callable[[Any], Logo] = lambda one: Logo(  # noqa: E731
                _keep(organisation, one, "logos", LONGEST_LOGO_SIDE), _name_of(one)
            )
            known = {one.picture_id for one in values["logos"]}
            added = [one for one in map(keep, data["logos"]) if one.picture_id not in known]
            values["logos"] = (*values["logos"], *added)
        return values


def _name_of(upload: Any) -> str:
    """Return whose logo a file is, as far as its name says so."""
    stem = str(upload.name).rpartition("/")[2].rpartition(".")[0]
    words = stem.replace("_", " ").replace("-", " ").split()
    return " ".join(one for one in words if one.lower() != "logo")[:120].capitalize() or _("Logo")


_PLAIN = ("title", "subtitle", "button", "text", "alt", "name", "role", "company")
_ASKED: dict[str, set[str]] = {
    "title": {"title", "subtitle", "button"},
    "text": {"title", "text"},
    "picture": {"picture", "alt", "subtitle"},
    "form": {"form_id"},
    "quote": {"title", "text", "name", "role", "company"},
    "figures": {"title", "figures"},
    "logos": {"title", "logos"},
}


def _code(block: Block) -> str:
    return str(block.proof if block.kind == BlockKind.PROOF else block.kind)


def _form_word(form: LeadForm) -> str:
    word = f"{form.name} ({form.get_language_display()})"
    if form.archived_at is not None or form.status != FormStatus.LIVE:
        return _("%(form)s: not published") % {"form": word}
    return word


class SharesForm(forms.Form):
    """Which share of visitors each variant gets."""

    def __init__(self, data: Any = None, *, variants: Sequence[PageVariant]) -> None:
        super().__init__(data)
        for one in variants:
            self.fields[one.letter] = forms.IntegerField(
                label=_("Share of %(letter)s, in percent") % {"letter": one.letter},
                min_value=0,
                max_value=100,
                initial=one.share,
                widget=forms.NumberInput(attrs={"inputmode": "numeric", "class": "share-of"}),
            )


def _places(touchpoints: Sequence[Touchpoint], current: Touchpoint | None) -> list[tuple[Any, Any]]:
    choices = [(one.pk, one.name) for one in touchpoints]
    if current is not None and current.pk not in dict(choices):
        choices.append((current.pk, current.name))
    return [("", _("None yet: rules of recognition decide")), *choices]
