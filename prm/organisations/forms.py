"""Forms about organisations, their people and keys."""

from typing import Any
from zoneinfo import available_timezones

from allauth.account.forms import SignupForm as AccountSignupForm
from allauth.core import context
from django import forms
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from prm.organisations.entrance import invitation_of
from prm.organisations.models import Organisation, Role, User
from prm.organisations.queries import NOBODY, AuditFilter
from prm.organisations.rights import ALL_SCOPES, Right
from prm.organisations.scope import organisation_scope
from prm.organisations.services import accept_invitation, create_organisation

LANGUAGES = [("fr", "Français"), ("en", "English")]
LANGUAGE_HINT = _("Of what PRM writes for the organisation. Each person reads the product in their own.")


class SignupForm(AccountSignupForm):  # type: ignore[misc]
    """Creates a person with an organisation of their own, or, coming from an invitation, in that organisation."""

    full_name = forms.CharField(
        label=_("Your name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    organisation_name = forms.CharField(
        label=_("Name of your organisation"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    field_order = ("full_name", "organisation_name", "email", "password1")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.invitation = invitation_of(context.request)
        self.fields["email"].label = _("E-mail address")
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)
        if self.invitation is not None:
            del self.fields["organisation_name"]
            self.fields["email"].disabled = True
            # As what the form was opened with, so that a changed hidden value has no effect.
            self.initial["email"] = self.invitation.email

    def save(self, request: HttpRequest) -> User:
        """Create the person and their place, both or neither."""
        with transaction.atomic():
            person: User = super().save(request)
        return person

    def custom_signup(self, request: HttpRequest, user: User) -> None:
        """Give the new person their place."""
        user.full_name = self.cleaned_data["full_name"].strip()
        user.language = (get_language() or "fr")[:2]
        user.save(update_fields=["full_name", "language"])
        if self.invitation is None:
            create_organisation(name=self.cleaned_data["organisation_name"], admin=user, language=user.language)
            return
        organisation = self.invitation.organisation
        with organisation_scope(organisation.pk):
            accept_invitation(organisation, token=self.invitation.token, user=user)


class OrganisationForm(forms.Form):
    """A new organisation: its name, and the language it starts with."""

    name = forms.CharField(
        label=_("Name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "organization"})
    )
    language = forms.ChoiceField(
        label=_("Language"),
        choices=LANGUAGES,
        help_text=LANGUAGE_HINT,
    )


class OrganisationSettingsForm(forms.ModelForm):  # type: ignore[type-arg]
    """What an admin sets for the whole organisation."""

    class Meta:
        model = Organisation
        fields = ("name", "language", "time_zone", "sender_name", "sender_email", "postal_address")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = sorted(name for name in available_timezones() if "/" in name and not name.startswith("Etc/"))
        self.fields["time_zone"] = forms.ChoiceField(
            label=_("Time zone"),
            choices=[(name, name.replace("_", " ")) for name in zones],
            help_text=_("For days and hours of the whole organisation, such as when e-mails go out."),
        )
        self.fields["language"].help_text = LANGUAGE_HINT
        self.fields["sender_name"].help_text = _("Who e-mails to contacts come from.")
        self.fields["postal_address"].help_text = _("Stands below e-mails to contacts.")


class RoleField(forms.ChoiceField):
    """A choice among the four roles."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(label=_("Role"), choices=Role.choices, **kwargs)

    def clean(self, value: Any) -> Role:
        """Return the role itself."""
        return Role(super().clean(value))


class RoleForm(forms.Form):
    """Another role for a member."""

    role = RoleField()


class InviteForm(forms.Form):
    """An address asked to join, as what."""

    email = forms.EmailField(label=_("E-mail address"), widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    role = RoleField(initial=Role.MARKETER)


class ApiKeyForm(forms.Form):
    """A new key: what it is for, and what it may do."""

    name = forms.CharField(
        label=_("Name"), max_length=80, help_text=_("Who or what will use it: “Website forms”, “Nightly export”.")
    )
    scopes = forms.MultipleChoiceField(
        label=_("This key may"),
        choices=[(ALL_SCOPES, ALL_SCOPES), *((right.value, right.value) for right in Right)],
        error_messages={"required": _("Choose at least one.")},
    )


class AuditFilterForm(forms.Form):
    """What to show of the audit log; stands in the address."""

    actor = forms.ChoiceField(label=_("Person"), required=False)
    action = forms.ChoiceField(label=_("Action"), required=False)
    object_type = forms.ChoiceField(label=_("Object"), required=False)
    object_id = forms.IntegerField(required=False, widget=forms.HiddenInput, min_value=1, max_value=2**63 - 1)
    from_on = forms.DateField(label=_("From"), required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))
    to_on = forms.DateField(
        label=pgettext_lazy("until a day", "To"), required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d")
    )

    def __init__(
        self,
        data: Any,
        *,
        people: list[tuple[str, str]],
        actions: list[tuple[str, str]],
        object_types: list[tuple[str, str]],
    ) -> None:
        super().__init__(data)
        choices = {
            "actor": [("", _("Everybody")), *people, (NOBODY, _("Keys, commands and PRM itself"))],
            "action": [("", _("Every action")), *actions],
            "object_type": [("", _("Everything")), *object_types],
        }
        for name, found in choices.items():
            self.fields[name].choices = found  # type: ignore[attr-defined]

    def wanted(self) -> AuditFilter:
        """Return the filter; a value that cannot be used filters nothing."""
        self.is_valid()
        return AuditFilter(**{name: value for name, value in self.cleaned_data.items() if value not in ("", None)})
