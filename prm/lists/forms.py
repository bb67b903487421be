"""What members say of a view."""

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from prm.lists.models import LONGEST_NAME, SavedView
from prm.lists.registry import Listing
from prm.organisations.rights import word_of


class ViewForm(forms.Form):
    """The name of a view, who sees it, and whether the list opens with it."""

    name = forms.CharField(label=_("Name"), max_length=LONGEST_NAME)
    shared = forms.BooleanField(label=_("Everybody in the organisation sees it"), required=False)
    opens = forms.BooleanField(label=_("The list opens with it, for me alone"), required=False)

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        listing: Listing,
        may_share: bool,
        view: SavedView | None = None,
        opens: bool = False,
    ) -> None:
        initial = {"name": view.name, "shared": view.is_shared, "opens": opens} if view else {}
        super().__init__(data, initial=initial)
        self.fields["name"].widget.attrs["autofocus"] = True
        if not may_share:
            # Of a shared view they choose no more than whether their own list opens with it.
            is_shared = view is not None and view.is_shared
            self.fields["name"].disabled = is_shared
            self.fields["shared"].disabled = True
            self.fields["shared"].help_text = gettext("This takes the right “%(right)s”; an admin can grant it.") % {
                "right": word_of(listing.sharing)
            }
