"""The form of a segment: its name, and the condition that says who is in it."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from contacts.queries import ContactFilter
from contacts.segments.matching import people_vocabulary
from contacts.segments.models import Segment, SegmentKind
from contacts.segments.services import LONGEST_NAME, SegmentInput
from prm.conditions.editor import ConditionEditor
from prm.work.errors import Invalid

CONDITION = "condition"
KINDS = [
    (SegmentKind.LIVING, _("Living: people enter and leave as they change")),
    (SegmentKind.FIXED, _("Fixed: the people of today, whatever becomes of them")),
]


class SegmentForm(forms.Form):
    """Name, purpose, kind and condition; its buttons may change the rows of the condition without keeping anything."""

    name = forms.CharField(label=_("Name"), max_length=LONGEST_NAME)
    description = forms.CharField(label=_("What it is for"), max_length=250, required=False)
    kind = forms.ChoiceField(label=_("Kind"), choices=KINDS, widget=forms.RadioSelect, initial=SegmentKind.LIVING)

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        segment: Segment | None = None,
        document: Mapping[str, Any] | None = None,
    ) -> None:
        stored = segment.condition if segment else document or {"field": "", "op": ""}
        self.editor = ConditionEditor(people_vocabulary(), name=CONDITION, document=stored, data=data)
        initial = {name: getattr(segment, name) for name in self.base_fields} if segment else {}
        if data is not None and self.editor.is_step:
            # Sent to change the rows only: what was typed so far is shown again, and not complained about yet.
            initial, data = {name: data.get(name, "") for name in self.base_fields}, None
        super().__init__(data, initial=initial)

    @property
    def values(self) -> SegmentInput:
        """What was given, once the form is valid."""
        return SegmentInput(**self.cleaned_data, condition=self.editor.document)

    def is_valid(self) -> bool:
        """Check the fields and the rows of the condition."""
        rows_are_valid = self.editor.is_valid()
        return super().is_valid() and rows_are_valid

    def add_refusal(self, refusal: Invalid) -> None:
        """Show beside its field what the service refused."""
        for name, text in refusal.fields.items():
            self.add_error(name if name in self.fields else None, str(text))


def document_of(filters: ContactFilter) -> dict[str, Any]:
    """Return the filter of the contact list as a condition; `{}` where it narrows nothing a condition can say."""
    parts: list[dict[str, Any]] = [
        {"field": "search", "op": "contains", "value": word} for word in filters.words.split()[:8]
    ]
    same = {"stage": filters.stage, "tier": filters.tier, "source": filters.source}
    parts += [{"field": field, "op": "is", "value": value} for field, value in same.items() if value]
    if filters.owner_id is not None:
        parts.append({"field": "owner", "op": "is", "value": str(filters.owner_id)})
    if filters.tag_id is not None:
        parts.append({"field": "tag", "op": "is", "value": str(filters.tag_id)})
    if filters.contactable:
        parts.append({"field": "contactable", "op": "is", "value": filters.contactable == "yes"})
    if filters.has_company:
        known = "is_set" if filters.has_company == "yes" else "is_not_set"
        parts.append({"field": "company.name", "op": known})
    return {"all": parts} if parts else {}
