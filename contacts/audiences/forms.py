"""The form of an audience."""

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from contacts.audiences.models import Audience, Columns, Platform
from contacts.audiences.services import LONGEST_NAME, AudienceInput
from contacts.consent.models import Basis
from contacts.consent.queries import list_standings
from contacts.segments.matching import people_vocabulary
from contacts.segments.models import Segment
from prm.conditions.editor import ConditionEditor
from prm.organisations.models import Organisation

# The purpose an organisation starts with.
USUAL_PURPOSE = "advertising"


class AudienceForm(forms.Form):
    """Name, platform, who is meant, and the purpose they must have said yes to."""

    name = forms.CharField(label=_("Name"), max_length=LONGEST_NAME)
    platform = forms.ChoiceField(label=_("Platform"), choices=Platform.choices, widget=forms.RadioSelect)
    columns = forms.ChoiceField(
        label=_("What is passed on"),
        choices=Columns.choices,
        widget=forms.RadioSelect,
        help_text=_("Hashed as the platform asks. The address is enough; more finds a few people more."),
    )
    purpose = forms.ChoiceField(label=_("Only who said yes to"))
    segment = forms.ChoiceField(label=_("Segment"), required=False)

    def __init__(
        self, organisation: Organisation, data: QueryDict | None = None, *, audience: Audience | None = None
    ) -> None:
        stored = audience.condition if audience else {}
        self.editor = ConditionEditor(people_vocabulary(), document=stored, data=data)
        initial: dict[str, Any] = {"platform": Platform.GOOGLE, "columns": Columns.EMAIL, "purpose": USUAL_PURPOSE}
        if audience is not None:
            names = ("name", "platform", "columns", "purpose")
            initial = {**{name: getattr(audience, name) for name in names}, "segment": audience.segment_id or ""}
        if data is not None and self.editor.is_step:
            # Sent to change the rows only: nothing is complained about yet.
            initial, data = {name: data.get(name, "") for name in self.base_fields}, None
        super().__init__(data, initial=initial)
        purposes: Any = self.fields["purpose"]
        purposes.choices = [
            (one.purpose.code, one.label)
            for one in list_standings(organisation, None)
            if one.purpose.basis == Basis.CONSENT
        ]
        segments = Segment.objects.filter(organisation=organisation, archived_at=None).order_by("name")
        known = [(str(pk), name) for pk, name in segments.values_list("pk", "name")]
        if audience is not None and audience.segment is not None:
            kept = (str(audience.segment_id), audience.segment.name)
            known = known if kept in known else [*known, kept]
        choice: Any = self.fields["segment"]
        choice.choices = [("", _("None: the condition alone")), *known]

    @property
    def values(self) -> AudienceInput:
        """What the service takes, once the form is valid."""
        data = self.cleaned_data
        return AudienceInput(
            name=data["name"],
            platform=data["platform"],
            purpose=data["purpose"],
            columns=data["columns"],
            segment_id=int(data["segment"]) if data["segment"] else None,
            condition=self.editor.document or {},
        )

    def is_valid(self) -> bool:
        """Check the fields and the rows of the condition."""
        rows_are_valid = self.editor.is_valid()
        return super().is_valid() and rows_are_valid
