"""Forms of the inventory, of kinds, and of acts noted by hand."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from prm.organisations.models import User
from prm.web.editing import EditForm
from touchpoints.kinds import BUILT_IN, BY_HAND, name_of
from touchpoints.models import Channel, Direction, InteractionKind, Touchpoint
from touchpoints.queries import SORTS, Filters
from touchpoints.ratings.forms import IMPORTANCE, QUALITY, rating_field
from touchpoints.ratings.models import RATED, Aspect
from touchpoints.ratings.quadrants import Quadrant
from touchpoints.ratings.services import Said

T = TypeVar("T")


class TouchpointForm(EditForm):
    """Creates or changes a touchpoint. The cost is typed in euros, kept in cents."""

    name = forms.CharField(label=_("Name"), max_length=120)
    channel = forms.ChoiceField(label=_("Channel"), choices=Channel.choices)
    direction = forms.ChoiceField(
        label=_("Direction"), choices=Direction.choices, help_text=_("Who makes the first step.")
    )
    description = forms.CharField(label=_("What the person does there"), max_length=300, required=False)
    # What whoever adds it thinks of it; later each member rates for themselves (touchpoints.ratings).
    importance = rating_field(_("Importance"), IMPORTANCE, _("Its impact on qualification and conversion."))
    objective_quality = rating_field(_("Objective quality"), QUALITY, _("Is it well made?"))
    perceived_quality = rating_field(_("Perceived quality"), QUALITY, _("What do you believe people say of it?"))
    is_entry_point = forms.BooleanField(label=_("Entry point: the relation can begin here"), required=False)
    is_moment_of_truth = forms.BooleanField(
        label=_("Moment of truth: decides on qualification or conversion"), required=False
    )
    owner = forms.ModelChoiceField(
        label=_("Owner"), queryset=User.objects.none(), required=False, empty_label=_("Nobody")
    )
    monthly_cost = forms.DecimalField(
        label=_("Cost per month, in euros"), min_value=0, max_digits=10, decimal_places=2, required=False, localize=True
    )
    code = forms.SlugField(
        label=_("API name"),
        max_length=60,
        required=False,
        help_text=_("What forms, trackers and the API call it. Made from the name when left empty."),
    )

    def __init__(self, *args: Any, owners: Sequence[User], touchpoint: Touchpoint | None = None, **kwargs: Any) -> None:
        if touchpoint is not None:
            kwargs["initial"] = _initial(touchpoint)
        super().__init__(*args, **kwargs)
        field: Any = self.fields["owner"]
        field.queryset = User.objects.filter(pk__in=[owner.pk for owner in owners])
        if touchpoint is not None:
            for aspect in RATED:
                del self.fields[aspect.value]
            self.keep_seen()
            self.fields["code"].required = True
            self.fields["code"].help_text = _("What forms, trackers and the API call it: tell them when you change it.")

    @property
    def values(self) -> dict[str, Any]:
        """What the service takes: of a touchpoint that exists, what was changed."""
        values = {name: value for name, value in self.edited.items() if name not in RATED}
        if "owner" in values:
            owner = values.pop("owner")
            values["owner_id"] = owner.pk if owner else None
        if "monthly_cost" in values:
            cost = values.pop("monthly_cost")
            values["monthly_cost_cents"] = None if cost is None else int((cost * 100).to_integral_value())
        return values

    @property
    def said(self) -> dict[Aspect, Said]:
        """What whoever adds it says of it."""
        return {aspect: Said(self.cleaned_data[aspect.value]) for aspect in RATED if self.cleaned_data[aspect.value]}


def _initial(touchpoint: Touchpoint) -> dict[str, Any]:
    cents = touchpoint.monthly_cost_cents
    return {
        **{
            name: getattr(touchpoint, name)
            for name in TouchpointForm.base_fields
            if name not in {"owner", "monthly_cost", *RATED}
        },
        "owner": touchpoint.owner_id,
        "monthly_cost": None if cents is None else Decimal(cents) / 100,
    }


class MergeForm(forms.Form):
    """Chooses what a touchpoint becomes part of."""

    into = forms.TypedChoiceField(label=_("It becomes part of"), coerce=int)

    def __init__(self, *args: Any, touchpoints: Sequence[Touchpoint], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        place: Any = self.fields["into"]
        place.choices = [("", _("Choose one")), *((one.pk, one.name) for one in touchpoints)]


class FilterForm(forms.Form):
    """What the inventory's address asks for; what it does not understand it leaves out."""

    q = forms.CharField(required=False, max_length=120)
    channel = forms.ChoiceField(label=_("Channel"), required=False, choices=[("", _("All channels")), *Channel.choices])
    direction = forms.ChoiceField(
        label=_("Direction"), required=False, choices=[("", _("Both directions")), *Direction.choices]
    )
    mark = forms.ChoiceField(
        label=_("Only"),
        required=False,
        choices=[
            ("", pgettext_lazy("touchpoints", "All")),
            ("truth", _("Moments of truth")),
            ("irritant", _("Irritants")),
            ("entry", _("Entry points")),
            ("unrated", _("Not rated yet")),
            *Quadrant.choices,
        ],
    )
    owner = forms.TypedChoiceField(label=_("Owner"), required=False, coerce=int, empty_value=None)
    sort = forms.ChoiceField(required=False, choices=[(sign + key, key) for key in SORTS for sign in ("", "-")])
    archived = forms.BooleanField(required=False)

    def __init__(self, *args: Any, owners: Sequence[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["owner"]
        field.choices = [("", _("All owners")), *((owner.pk, str(owner)) for owner in owners)]

    @property
    def filters(self) -> Filters:
        """What narrows the inventory."""
        self.is_valid()
        data = self.cleaned_data
        return Filters(
            search=data.get("q") or "",
            channel=data.get("channel") or "",
            direction=data.get("direction") or "",
            owner_id=data.get("owner"),
            mark=data.get("mark") or "",
            is_archived=bool(data.get("archived")),
        )

    @property
    def order(self) -> str:
        """The order asked for, "-" first when high values come first; by channel if none is."""
        self.is_valid()
        return self.cleaned_data.get("sort") or "channel"

    @property
    def in_use(self) -> list[tuple[str, str, str]]:
        """The filters in use, as (key, label, value in words)."""
        found = []
        for key in ("channel", "direction", "mark", "owner"):
            value = self.cleaned_data.get(key) if self.is_bound else None
            if value:
                words = dict(_flat(self.fields[key]))
                found.append((key, str(self.fields[key].label), str(words.get(value, value))))
        return found


def _flat(field: Any) -> list[tuple[Any, Any]]:
    return [(key, words) for key, words in field.choices if key]


class KindForm(forms.Form):
    """Adds a kind of the organisation's own."""

    name = forms.CharField(label=_("Name"), max_length=80, help_text=_("As people read it: “Plant visited”."))
    code = forms.CharField(
        label=_("API name"), max_length=40, help_text=_("As programs send it: plant_visited. It cannot change later.")
    )
    engages = forms.BooleanField(label=_("Engages: a suspect who does it becomes a prospect"), required=False)
    activates = forms.BooleanField(label=_("Activates: counts in the activation rate"), required=False)


class InteractionForm(forms.Form):
    """Notes what happened with a person."""

    kind = forms.ChoiceField(label=_("What happened"))
    occurred_at = forms.DateTimeField(
        label=_("When"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
    )
    touchpoint = forms.TypedChoiceField(label=_("Where"), required=False, coerce=int, empty_value=None)
    note = forms.CharField(
        label=_("What to remember"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(
        self, *args: Any, kinds: Sequence[InteractionKind], touchpoints: Sequence[Touchpoint], **kwargs: Any
    ) -> None:
        now: datetime = timezone.localtime().replace(second=0, microsecond=0)
        kwargs.setdefault("initial", {})
        kwargs["initial"] = {"occurred_at": now, **kwargs["initial"]}
        super().__init__(*args, **kwargs)
        own = [kind for kind in kinds if kind.code not in BUILT_IN]
        kind_field: Any = self.fields["kind"]
        kind_field.choices = [*((code, name_of(code)) for code in BY_HAND), *((one.code, name_of(one)) for one in own)]
        place: Any = self.fields["touchpoint"]
        place.choices = [("", _("No touchpoint")), *((one.pk, one.name) for one in touchpoints)]
