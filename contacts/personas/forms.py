"""The form of a persona: its name, and what it asks of person and company."""

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from contacts.personas.models import Persona
from contacts.personas.services import PersonaInput
from contacts.personas.vocabulary import persona_vocabulary
from contacts.segments.services import LONGEST_NAME
from prm.conditions.editor import ConditionEditor
from prm.work.errors import Invalid


class PersonaForm(forms.Form):
    """Name, purpose and condition; its buttons may change the rows of the condition without keeping anything."""

    name = forms.CharField(label=_("Name"), max_length=LONGEST_NAME)
    description = forms.CharField(label=_("Who they are, in a sentence"), max_length=250, required=False)

    def __init__(self, data: QueryDict | None = None, *, persona: Persona | None = None) -> None:
        stored = persona.segment.condition if persona else {"field": "", "op": ""}
        self.editor = ConditionEditor(persona_vocabulary(), name="condition", document=stored, data=data)
        initial = {name: getattr(persona.segment, name) for name in self.base_fields} if persona else {}
        if data is not None and self.editor.is_step:
            initial, data = {name: data.get(name, "") for name in self.base_fields}, None
        super().__init__(data, initial=initial)

    @property
    def values(self) -> PersonaInput:
        """What was given, once the form is valid."""
        return PersonaInput(**self.cleaned_data, condition=self.editor.document)

    def is_valid(self) -> bool:
        """Check the fields and the rows of the condition."""
        rows_are_valid = self.editor.is_valid()
        return super().is_valid() and rows_are_valid

    def add_refusal(self, refusal: Invalid) -> None:
        """Show beside its field what the service refused."""
        for name, text in (dict(refusal.fields) or {"": refusal.message}).items():
            self.add_error(name if name in self.fields else None, str(text))
