"""Forms of scenarios and their steps."""

from collections.abc import Iterable
from typing import Any, TypeVar

from django import forms
from django.utils.translation import gettext_lazy as _

from contacts import company_news
from contacts.models import Tier
from nurturing.models import Scenario, Step, Trigger
from nurturing.scenarios import ScenarioInput
from nurturing.wording import join_wait, split_wait
from touchpoints.kinds import name_of
from touchpoints.lead_forms.models import LeadForm
from touchpoints.models import Touchpoint

T = TypeVar("T")
# Characters a message may be written in.
LONGEST_TEXT = 20_000


class ScenarioForm(forms.Form):
    """Names a scenario and says what starts it."""

    name = forms.CharField(label=_("Name"), max_length=120)
    trigger = forms.ChoiceField(
        label=_("It starts when the person"),
        choices=Trigger.choices,
        widget=forms.RadioSelect,
        initial=Trigger.FORM,
    )
    trigger_lead_form = forms.TypedChoiceField(label=_("Which form"), coerce=int, empty_value=None, required=False)
    trigger_touchpoint = forms.TypedChoiceField(
        label=_("At which touchpoint"), coerce=int, empty_value=None, required=False
    )
    trigger_tier = forms.TypedChoiceField(
        label=_("Which tier"),
        choices=[(Tier.WARM, Tier.WARM.label), (Tier.HOT, Tier.HOT.label)],
        coerce=int,
        empty_value=None,
        required=False,
        initial=Tier.WARM,
        help_text=_("Who reaches hot usually goes to sales, and no scenario takes them in."),
    )

    trigger_kind = forms.ChoiceField(label=_("Which change"), required=False)

    def __init__(
        self,
        data: Any = None,
        *,
        touchpoints: Iterable[Touchpoint],
        lead_forms: Iterable[LeadForm] = (),
        scenario: Scenario | None = None,
        lead_form_id: str = "",
    ) -> None:
        initial: dict[str, Any] = {"trigger_lead_form": lead_form_id}
        if scenario is not None:
            initial = {
                "name": scenario.name,
                "trigger": scenario.trigger,
                "trigger_tier": scenario.trigger_tier if scenario.trigger_tier is not None else Tier.WARM,
                "trigger_touchpoint": scenario.trigger_touchpoint_id,
                "trigger_lead_form": scenario.trigger_lead_form_id,
                "trigger_kind": scenario.trigger_kind,
            }
        super().__init__(data, initial=initial)
        field: Any = self.fields["trigger_touchpoint"]
        field.choices = [("", _("Any touchpoint")), *((one.pk, one.name) for one in touchpoints)]
        form: Any = self.fields["trigger_lead_form"]
        form.choices = [("", _("Any form")), *((one.pk, one.name) for one in lead_forms)]
        change: Any = self.fields["trigger_kind"]
        change.choices = [("", _("Any change")), *((code, name_of(code)) for code in company_news.KINDS)]

    @property
    def values(self) -> ScenarioInput:
        """What was given, once the form is valid."""
        given = self.cleaned_data
        return ScenarioInput(
            name=given["name"],
            trigger=given["trigger"],
            trigger_tier=given["trigger_tier"],
            trigger_touchpoint_id=given["trigger_touchpoint"],
            trigger_lead_form_id=given["trigger_lead_form"],
            trigger_kind=given["trigger_kind"],
        )


class MessageForm(forms.Form):
    """Subject and text of an e-mail step."""

    subject = forms.CharField(label=_("Subject"), max_length=200)
    body = forms.CharField(
        label=_("Text"),
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 14, "spellcheck": "true"}),
    )

    def __init__(self, data: Any = None, *, step: Step) -> None:
        super().__init__(data, initial={"subject": step.subject, "body": step.body})


class WaitForm(forms.Form):
    """How long a wait is."""

    amount = forms.IntegerField(label=_("Wait"), min_value=1, max_value=10_000)
    unit = forms.ChoiceField(
        label=_("Unit"), choices=[("minutes", _("minutes")), ("hours", _("hours")), ("days", _("days"))]
    )

    def __init__(self, data: Any = None, *, step: Step) -> None:
        amount, unit = split_wait(step.wait_seconds)
        super().__init__(data, initial={"amount": amount, "unit": unit})

    @property
    def seconds(self) -> int:
        """The wait, once the form is valid."""
        return join_wait(self.cleaned_data["amount"], self.cleaned_data["unit"])
