"""Forms of recognition: a rule, and an interaction to try."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from prm.work.texts import is_storable
from touchpoints.kinds import INTERNAL, name_of
from touchpoints.models import InteractionKind, Touchpoint
from touchpoints.recognition.facts import PROPERTY, read_address, write_address
from touchpoints.recognition.models import RecognitionRule
from touchpoints.recognition.services import LONGEST_PATTERN, RuleInput

_TEXTS = ("utm_source", "utm_medium", "utm_campaign", "form", "scenario")


def _text(label: Any, placeholder: str = "", help_text: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=LONGEST_PATTERN,
        required=False,
        help_text=help_text,
        widget=forms.TextInput(attrs={"placeholder": placeholder, "autocomplete": "off", "spellcheck": "false"}),
    )


class RuleForm(forms.Form):
    """A rule: which touchpoint, and what an interaction must look like to be its own."""

    touchpoint = forms.TypedChoiceField(label=_("Touchpoint"), coerce=int)
    address = _text(
        _("Address"),
        "www.acme.fr/tarifs*",
        _("A page, a site or both. * stands for anything: /blog/* is every page below /blog."),
    )
    utm_source = _text(_("Campaign’s source"), "linkedin")
    utm_medium = _text(_("Campaign’s medium"), "cpc")
    utm_campaign = _text(_("Campaign"), "printemps-*")
    form = _text(_("Form"), "contact")
    scenario = _text(_("Scenario"), help_text=_("Messages of this scenario, and what people do with them."))
    property_name = forms.CharField(label=_("Property"), max_length=80, required=False)
    property_value = _text(_("Its value"))
    kinds = forms.MultipleChoiceField(
        label=_("Only these kinds"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None: every kind."),
    )

    def __init__(
        self,
        *args: Any,
        kinds: Sequence[InteractionKind],
        touchpoints: Sequence[Touchpoint],
        rule: RecognitionRule | None = None,
        **kwargs: Any,
    ) -> None:
        if rule is not None:
            kwargs["initial"] = initial_of(rule.kinds, rule.patterns) | {"touchpoint": rule.touchpoint_id}
        super().__init__(*args, **kwargs)
        place: Any = self.fields["touchpoint"]
        choices = [(one.pk, one.name) for one in touchpoints]
        if rule is not None and rule.touchpoint_id not in dict(choices):
            choices.append((rule.touchpoint_id, rule.touchpoint.name))
        place.choices = [("", _("Choose one")), *choices]
        kind: Any = self.fields["kinds"]
        kind.choices = choices_of(kinds)

    def clean_address(self) -> str:
        """Refuse what cannot be an address."""
        text = str(self.cleaned_data["address"])
        try:
            read_address(text)
        except ValueError as error:
            raise forms.ValidationError(gettext("This is no address: write www.acme.fr/tarifs, or /tarifs.")) from error
        return text

    def clean(self) -> dict[str, Any]:
        """A property has a name and a value, or neither."""
        data: dict[str, Any] = super().clean() or {}
        if bool(data.get("property_name")) != bool(data.get("property_value")):
            missing = "property_value" if data.get("property_name") else "property_name"
            self.add_error(missing, gettext("A property needs both its name and its value; * stands for anything."))
        return data

    @property
    def patterns(self) -> dict[str, str]:
        """What the rule asks for beside its kinds; of a form with faults, what can be read."""
        data = self.cleaned_data
        found = {**read_address(data.get("address") or ""), **{name: data.get(name) or "" for name in _TEXTS}}
        if data.get("property_name"):
            found[PROPERTY + data["property_name"]] = data.get("property_value") or ""
        return {name: text for name, text in found.items() if text}

    @property
    def values(self) -> RuleInput:
        """What the service takes."""
        return RuleInput(self.cleaned_data["touchpoint"], tuple(self.cleaned_data["kinds"]), self.patterns)


class TrialForm(forms.Form):
    """An interaction as it could come in, to see which touchpoint it would get."""

    kind = forms.ChoiceField(label=_("What happens"))
    address = forms.CharField(
        label=_("Address"),
        max_length=2000,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": "https://www.acme.fr/tarifs?utm_source=linkedin"}),
    )
    form = _text(_("Form"))
    scenario = _text(_("Scenario"))
    property_name = forms.CharField(label=_("Property"), max_length=80, required=False)
    property_value = _text(_("Its value"))

    def __init__(self, *args: Any, kinds: Sequence[InteractionKind], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kind: Any = self.fields["kind"]
        kind.choices = choices_of(kinds)

    def clean(self) -> dict[str, Any]:
        """Refuse what no interaction could hold."""
        data: dict[str, Any] = super().clean() or {}
        for name, text in data.items():
            if not is_storable(text):
                self.add_error(name, gettext("This text holds characters that cannot be stored."))
        return data

    @property
    def properties(self) -> dict[str, str]:
        """The interaction's properties, as a tracker or a form would send them."""
        data = self.cleaned_data
        found = {name: data[name] for name in ("form", "scenario") if data[name]}
        address = data["address"]
        if address:
            found |= {"path": address} if address.startswith("/") else {"url": _whole(address)}
        if data["property_name"]:
            found[data["property_name"]] = data["property_value"]
        return found


def _whole(address: str) -> str:
    return address if "://" in address else f"https://{address}"


def choices_of(kinds: Sequence[InteractionKind]) -> list[tuple[str, str]]:
    """Return the kinds that people's acts have, by name."""
    return sorted(
        ((one.code, name_of(one)) for one in kinds if one.code not in INTERNAL), key=lambda one: one[1].lower()
    )


def initial_of(kinds: Sequence[str], patterns: Mapping[str, str]) -> dict[str, Any]:
    """Return how a rule stands in its form."""
    own = next(((name, text) for name, text in patterns.items() if name.startswith(PROPERTY)), ("", ""))
    return {
        "kinds": list(kinds),
        "address": write_address(dict(patterns)),
        **{name: patterns.get(name, "") for name in _TEXTS},
        "property_name": own[0].removeprefix(PROPERTY),
        "property_value": own[1],
    }
