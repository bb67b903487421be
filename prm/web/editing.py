"""Forms over what exists already, which somebody else may be changing at the same time."""

from typing import Any

from django import forms


class EditForm(forms.Form):
    """Carries along what the person saw, so that only what they changed is written.

    Of two people who edit one thing at once, neither takes back what the other did to another field. Controls bring
    the values seen with them (prm/web/controls.py).
    """

    def keep_seen(self) -> None:
        """Send the present values along; called by forms that are given something to edit."""
        for field in self.fields.values():
            field.show_hidden_initial = True

    @property
    def edited(self) -> dict[str, Any]:
        """What the person changed, of cleaned_data; all of it where nothing says what they saw."""
        changed = set(self.changed_data)
        return {
            name: value
            for name, value in self.cleaned_data.items()
            if name in changed or self.add_initial_prefix(name) not in self.data
        }
