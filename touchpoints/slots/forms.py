"""Forms of slots: a new one, its settings, a variant, and the trial."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext, pgettext_lazy

from contacts.models import Contact, Stage
from contacts.normalising import UnusableValueError, normalise_email
from prm.conditions.editor import ConditionEditor
from touchpoints.kinds import INTERNAL, NEWS, name_of
from touchpoints.lead_forms.models import LeadForm
from touchpoints.models import InteractionKind
from touchpoints.slots.cleaning import LONGEST_HTML
from touchpoints.slots.document import MOST_CONTROL_PERCENT, WINDOWS, Document, Goal, GoalKind, Variant
from touchpoints.slots.exposures import KIND
from touchpoints.slots.facts import slot_vocabulary
from touchpoints.slots.models import Slot
from touchpoints.slots.services import LONGEST_NAME, STAGES, SettingsInput, VariantInput


class SlotForm(forms.Form):
    """A new slot."""

    name = forms.CharField(
        label=_("Name"),
        max_length=LONGEST_NAME,
        widget=forms.TextInput(attrs={"placeholder": _("Top of the home page")}),
    )
    key = forms.CharField(
        label=_("Key"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": "hero", "spellcheck": "false"}),
        help_text=_("What the site’s pages call it; it never changes. Left empty, it comes of the name."),
    )


class SettingsForm(forms.Form):
    """Name, control group, goal."""

    name = forms.CharField(label=_("Name"), max_length=LONGEST_NAME)
    control_percent = forms.IntegerField(
        label=_("Control group (%)"),
        min_value=0,
        max_value=MOST_CONTROL_PERCENT,
        help_text=_(
            "Of those a variant fits, so many see the site’s own content all the same: the difference is its effect."
        ),
    )
    goal = forms.ChoiceField(label=_("Result looked for"))
    window_days = forms.TypedChoiceField(
        label=_("How long after it counts"),
        coerce=int,
        choices=[(one, _("%(n)s days") % {"n": one}) for one in WINDOWS],
    )

    def __init__(self, data: QueryDict | None = None, *, slot: Slot, document: Document) -> None:
        goal = document.goal
        super().__init__(
            data,
            initial={
                "name": slot.name,
                "control_percent": document.control_percent,
                "goal": f"{goal.kind}:{goal.value}",
                "window_days": goal.window_days,
            },
        )
        choices: Any = self.fields["goal"]
        choices.choices = goal_choices()

    @property
    def values(self) -> SettingsInput:
        """What the service takes, once the form is valid."""
        data = self.cleaned_data
        kind, _colon, value = data["goal"].partition(":")
        return SettingsInput(data["name"], data["control_percent"], Goal(kind, value, data["window_days"]))


def goal_choices() -> list[tuple[Any, Any]]:
    """Return what a slot may be there for, in groups. Two queries."""
    form_rows = LeadForm.objects.filter(archived_at=None).order_by("name").values_list("code", "name")
    sent: list[tuple[str, Any]] = [(f"{GoalKind.FORM}:", _("any of the forms"))]
    sent += [(f"{GoalKind.FORM}:{code}", name) for code, name in form_rows]
    left_out = INTERNAL | NEWS | {KIND, "form_sent", "page_view"}
    kinds = InteractionKind.objects.exclude(code__in=left_out)
    acts = sorted(((f"{GoalKind.KIND}:{one.code}", name_of(one)) for one in kinds), key=lambda one: one[1].lower())
    stages = [(f"{GoalKind.STAGE}:{one}", Stage(one).label) for one in STAGES]
    return [
        (_("A form is sent"), sent),
        (_("Something else happens"), acts),
        (_("A stage is reached"), stages),
    ]


class VariantForm(forms.Form):
    """A variant: what it says, to whom, and when; its buttons may change the rows of the condition alone."""

    name = forms.CharField(label=_("Name"), max_length=LONGEST_NAME)
    html = forms.CharField(
        label=pgettext_lazy("variant", "What it says"),
        max_length=LONGEST_HTML,
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 9, "spellcheck": "false", "class": "mono"}),
        help_text=_(
            "HTML that takes the look of the site’s page, by its classes. No scripts, no style attributes, no forms."
        ),
    )
    form = forms.ChoiceField(label=_("A form below it"), required=False)
    shows_next = forms.BooleanField(
        label=_("The next content for them below it"),
        required=False,
        help_text=_("A link to what suits their interests and what they have not read; to nobody known, what begins."),
    )
    starts_on = forms.DateField(label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    ends_on = forms.DateField(
        label=pgettext_lazy("days", "Until"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    def __init__(
        self, data: QueryDict | None = None, *, variant: Variant | None = None, known_forms: Iterable[LeadForm] = ()
    ) -> None:
        stored: Any = dict(variant.condition) if variant else {"field": "", "op": ""}
        self.editor = ConditionEditor(slot_vocabulary(), document=stored, data=data)
        initial: dict[str, Any] = {}
        if variant is not None:
            initial = {
                "name": variant.name,
                "html": variant.html,
                "form": variant.form_id or "",
                "starts_on": variant.starts_on,
                "ends_on": variant.ends_on,
                "shows_next": variant.shows_next,
            }
        if data is not None and self.editor.is_step:
            initial, data = {name: data.get(name, "") for name in self.base_fields}, None
        super().__init__(data, initial=initial)
        choice: Any = self.fields["form"]
        choice.choices = [("", pgettext("form", "None")), *((str(one.pk), one.name) for one in known_forms)]
        if variant is not None and variant.form_id and str(variant.form_id) not in dict(choice.choices):
            choice.choices = [*choice.choices, (str(variant.form_id), _("a form that is no longer there"))]

    @property
    def values(self) -> VariantInput:
        """What the service takes, once the form is valid."""
        data = self.cleaned_data
        return VariantInput(
            name=data["name"],
            html=data["html"],
            form_id=int(data["form"]) if data["form"] else None,
            condition=self.editor.document,
            starts_on=data["starts_on"],
            ends_on=data["ends_on"],
            shows_next=data["shows_next"],
        )

    def is_valid(self) -> bool:
        """Check the fields and the rows of the condition."""
        rows_are_valid = self.editor.is_valid()
        return super().is_valid() and rows_are_valid


class TrialForm(forms.Form):
    """Somebody who opens an address."""

    url = forms.CharField(
        label=_("Address of the page"),
        max_length=2000,
        widget=forms.TextInput(
            attrs={
                "placeholder": "https://www.acme.fr/?utm_campaign=printemps",
                "spellcheck": "false",
                "inputmode": "url",
            }
        ),
    )
    referrer = forms.CharField(
        label=_("Coming from"),
        max_length=1000,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": "https://www.google.com/", "spellcheck": "false"}),
    )
    language = forms.ChoiceField(
        label=_("Language of the browser"),
        required=False,
        choices=[("", "–"), ("fr", "Français"), ("en", "English"), ("de", "Deutsch"), ("es", "Español")],
    )
    day = forms.DateField(label=_("Day"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    person = forms.CharField(
        label=_("Known as"),
        max_length=254,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": "camille@example.com", "spellcheck": "false"}),
        help_text=_("The e-mail address of somebody in the base; empty: nobody we know."),
    )
    contact: Contact | None = None

    def clean_url(self) -> str:
        """Take an address with or without its beginning."""
        url: str = self.cleaned_data["url"].strip()
        return url if "://" in url else f"https://{url}"

    def clean_person(self) -> str:
        """Find who is meant."""
        given: str = self.cleaned_data["person"].strip()
        if not given:
            return ""
        try:
            email = normalise_email(given)
        except UnusableValueError as error:
            raise forms.ValidationError(str(error.message)) from error
        self.contact = Contact.objects.filter(email=email).first()
        if self.contact is None:
            raise forms.ValidationError(_("Nobody in the base has this address."))
        return email
