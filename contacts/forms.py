"""What people type in about contacts and companies; the services check and clean it."""

from collections.abc import Iterable, Sequence
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from contacts.companies import CompanyInput
from contacts.fields.forms import add_form_fields, form_name, typed_values
from contacts.fields.models import CustomField
from contacts.lifecycle import may_follow
from contacts.models import Company, Contact, Stage
from prm.organisations.models import Membership
from prm.web.editing import EditForm
from prm.work.errors import Conflict, Invalid, Refused


class ContactForm(EditForm):
    """A person's details. `company` is a name: the company is found by it, or created."""

    first_name = forms.CharField(label=_("First name"), max_length=120, required=False)
    last_name = forms.CharField(label=_("Last name"), max_length=120, required=False)
    email = forms.CharField(label=_("E-mail"), max_length=254, required=False)
    phone = forms.CharField(
        label=_("Telephone"), max_length=40, required=False, widget=forms.TextInput(attrs={"type": "tel"})
    )
    job_title = forms.CharField(label=_("Job title"), max_length=160, required=False)
    company = forms.CharField(label=_("Company"), max_length=250, required=False)
    external_id = forms.CharField(
        label=_("External id"),
        max_length=120,
        required=False,
        help_text=_("The key of this person in your own system."),
    )
    source = forms.CharField(label=_("Source"), max_length=120, required=False)
    owner_id = forms.TypedChoiceField(label=_("Owner"), required=False, coerce=int, empty_value=None)

    def __init__(
        self,
        *args: Any,
        members: Sequence[Membership],
        contact: Contact | None = None,
        custom_fields: Iterable[CustomField] = (),
        **kwargs: Any,
    ) -> None:
        self.contact = contact
        if contact is not None:
            company = contact.company.name if contact.company else ""
            kwargs["initial"] = {name: getattr(contact, name) for name in self.base_fields if name != "company"}
            kwargs["initial"]["company"] = company
        super().__init__(*args, **kwargs)
        add_form_fields(self, custom_fields, contact.custom if contact else {})
        if contact is not None:
            self.keep_seen()
        choices = [("", _("Nobody")), *((member.user_id, str(member.user)) for member in members)]
        cast("forms.TypedChoiceField", self.fields["owner_id"]).choices = choices

    def clean(self) -> dict[str, Any]:
        """Ask for something to know the person by."""
        data = super().clean() or {}
        if not self.errors and not any(data.get(name) for name in ("email", "external_id", "last_name", "phone")):
            self.add_error("email", _("Give an e-mail address, or a last name, a telephone number or an external id."))
        return data

    @property
    def values(self) -> dict[str, Any]:
        """What the services take: of somebody who exists, what was changed."""
        values = {name: value for name, value in self.edited.items() if name in self.base_fields and name != "company"}
        # What is unique is nothing where it is empty.
        return {**values, **{name: values[name] or None for name in ("email", "external_id") if name in values}}

    @property
    def custom(self) -> dict[str, Any]:
        """What was typed into the organisation's own fields, or changed there."""
        return typed_values(self.edited)

    @property
    def named_company(self) -> CompanyInput | None:
        """The company, where it was named or changed."""
        name = self.edited.get("company")
        known = self.contact.company.name if self.contact and self.contact.company else ""
        return None if name is None or name == known else CompanyInput(name=name)

    def add_refusal(self, refusal: Invalid | Conflict | Refused) -> None:
        """Show beside its field what a service refused."""
        fields = dict(getattr(refusal, "fields", {})) or {str(refusal.details.get("field", "")): refusal.message}
        for name, text in fields.items():
            place = "company" if name.startswith("company") else form_name(name)
            self.add_error(place if place in self.fields else None, str(text))


class StageForm(forms.Form):
    """A change of stage by hand, with the reason that the ledger keeps."""

    to = forms.ChoiceField(label=_("New stage"))
    reason = forms.CharField(label=_("Why"), max_length=250, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, contact: Contact, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        allowed = [stage for stage in Stage if may_follow(contact.stage, stage) and stage != Stage.ACCEPTED]
        cast("forms.ChoiceField", self.fields["to"]).choices = [(stage.value, stage.label) for stage in allowed]


class CompanyForm(EditForm):
    """A company's details as far as people keep them; the register fills the rest."""

    name = forms.CharField(label=_("Name"), max_length=250)
    siren = forms.CharField(
        label="SIREN", max_length=20, required=False, help_text=_("Nine digits; spaces do not matter.")
    )
    domain = forms.CharField(label=_("Web domain"), max_length=250, required=False)
    address = forms.CharField(label=_("Address"), max_length=300, required=False)
    postcode = forms.CharField(label=_("Postcode"), max_length=10, required=False)
    city = forms.CharField(label=_("City"), max_length=120, required=False)

    def __init__(
        self, *args: Any, company: Company | None = None, custom_fields: Iterable[CustomField] = (), **kwargs: Any
    ) -> None:
        if company is not None:
            kwargs["initial"] = {name: getattr(company, name) for name in self.base_fields}
        super().__init__(*args, **kwargs)
        add_form_fields(self, custom_fields, company.custom if company else {})
        if company is not None:
            self.keep_seen()

    @property
    def values(self) -> dict[str, Any]:
        """What the services take of the fields every company has."""
        return {name: value for name, value in self.edited.items() if name in self.base_fields}

    @property
    def custom(self) -> dict[str, Any]:
        """What was changed in the organisation's own fields."""
        return typed_values(self.edited)

    def add_refusal(self, refusal: Invalid | Conflict) -> None:
        """Show beside its field what a service refused."""
        for name, text in (dict(getattr(refusal, "fields", {})) or {"": refusal.message}).items():
            place = form_name(name.removeprefix("company."))
            self.add_error(place if place in self.fields else None, str(text))
