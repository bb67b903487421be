"""What people type in about tags."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from contacts.tagging.models import LONGEST_NAME, Tag


class RenameForm(forms.Form):
    """The new name of a tag."""

    name = forms.CharField(label=_("Name"), max_length=LONGEST_NAME)


class MergeForm(forms.Form):
    """The tag that stays."""

    into = forms.TypedChoiceField(label=_("Make it part of"), coerce=int)

    def __init__(self, *args: Any, tag: Tag, offered: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", _("Choose a tag")), *((pk, name) for pk, name in offered if pk != tag.pk)]
        cast("forms.TypedChoiceField", self.fields["into"]).choices = choices
