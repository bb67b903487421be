"""Forms of enrichment actions, and the filters of the board."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from prm.organisations.models import User
from prm.web.editing import EditForm
from touchpoints.actions.models import EnrichmentAction, Status
from touchpoints.actions.queries import Filters
from touchpoints.models import Channel, Direction, Touchpoint


def _day(label: Any, help_text: Any = "") -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=False, widget=widget, input_formats=["%Y-%m-%d"], help_text=help_text)


class ActionForm(EditForm):
    """Plans or changes an action. The cost is typed in euros, kept in cents."""

    title = forms.CharField(label=_("What is to be done"), max_length=120)
    touchpoint = forms.TypedChoiceField(label=_("Touchpoint"), coerce=int)
    lever = forms.ChoiceField(
        label=_("Lever"),
        choices=[
            (Direction.INBOUND, _("Inbound: people come by themselves")),
            (Direction.OUTBOUND, _("Outbound: you go to them")),
        ],
    )
    description = forms.CharField(
        label=_("How, and what it should bring"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    owner = forms.ModelChoiceField(
        label=_("Owner"), queryset=User.objects.none(), required=False, empty_label=_("Nobody")
    )
    due_on = _day(_("Due on"))
    cost = forms.DecimalField(
        label=_("Cost, in euros"), min_value=0, max_digits=10, decimal_places=2, required=False, localize=True
    )
    status = forms.ChoiceField(label=_("State"), choices=Status.choices)
    began_on = _day(_("Began on"), _("Today, when left empty."))
    done_on = _day(_("Done on"), _("The effect is measured before the first of these days and after the second."))

    def __init__(
        self,
        *args: Any,
        owners: Sequence[User],
        touchpoints: Sequence[Touchpoint],
        action: EnrichmentAction | None = None,
        **kwargs: Any,
    ) -> None:
        if action is not None:
            kwargs["initial"] = _initial(action)
        super().__init__(*args, **kwargs)
        owner: Any = self.fields["owner"]
        owner.queryset = User.objects.filter(pk__in=[one.pk for one in owners])
        place: Any = self.fields["touchpoint"]
        choices = [(one.pk, one.name) for one in touchpoints]
        if action is not None and action.touchpoint_id not in dict(choices):
            # It is archived: the action stays there.
            choices.append((action.touchpoint_id, action.touchpoint.name))
        place.choices = [("", _("Choose one")), *choices]
        if action is not None:
            self.keep_seen()

    @property
    def values(self) -> dict[str, Any]:
        """What the service takes: of an action that exists, what was changed."""
        values = self.edited
        if "owner" in values:
            owner = values.pop("owner")
            values["owner_id"] = owner.pk if owner else None
        if "touchpoint" in values:
            values["touchpoint_id"] = values.pop("touchpoint")
        if "cost" in values:
            cost = values.pop("cost")
            values["cost_cents"] = None if cost is None else int((cost * 100).to_integral_value())
        return values


def _initial(action: EnrichmentAction) -> dict[str, Any]:
    own = {
        name: getattr(action, name) for name in ActionForm.base_fields if name not in {"owner", "touchpoint", "cost"}
    }
    cost = None if action.cost_cents is None else Decimal(action.cost_cents) / 100
    return {**own, "owner": action.owner_id, "touchpoint": action.touchpoint_id, "cost": cost}


class BoardForm(forms.Form):
    """What the board's address asks for; what it does not understand it leaves out."""

    touchpoint = forms.TypedChoiceField(label=_("Touchpoint"), required=False, coerce=int, empty_value=None)
    channel = forms.ChoiceField(label=_("Channel"), required=False, choices=[("", _("All channels")), *Channel.choices])
    owner = forms.TypedChoiceField(label=_("Owner"), required=False, coerce=int, empty_value=None)
    done = forms.ChoiceField(required=False, choices=[("", ""), ("all", "all")])

    def __init__(self, *args: Any, owners: Iterable[User], touchpoints: Iterable[Touchpoint], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        place: Any = self.fields["touchpoint"]
        place.choices = [("", _("All touchpoints")), *((one.pk, one.name) for one in touchpoints)]
        owner: Any = self.fields["owner"]
        owner.choices = [("", _("All owners")), *((one.pk, str(one)) for one in owners)]

    @property
    def filters(self) -> Filters:
        """What narrows the board."""
        self.is_valid()
        data = self.cleaned_data
        return Filters(data.get("touchpoint"), data.get("channel") or "", data.get("owner"))

    @property
    def shows_all(self) -> bool:
        """Tell whether everything that is done is asked for."""
        self.is_valid()
        return self.cleaned_data.get("done") == "all"

    @property
    def in_use(self) -> list[tuple[str, str, str]]:
        """The filters in use, as (key, label, value in words)."""
        self.is_valid()
        found = []
        for key in ("touchpoint", "channel", "owner"):
            field: Any = self.fields[key]
            value = self.cleaned_data.get(key)
            if value:
                found.append((key, str(field.label), str(dict(field.choices)[value])))
        return found
