"""Why people may be held, and who may not be written to."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from contacts.models.people import Contact
from prm.organisations.tenancy import TenantForeignKey, TenantModel


class SuppressionReason(models.TextChoices):
    """Why nothing may be sent."""

    OPT_OUT = "opt_out", _("opted out")
    BOUNCE = "bounce", _("address refused")
    COMPLAINT = "complaint", _("complained")
    ERASED = "erased", _("erased")


class Suppression(TenantModel):
    """Nothing may be sent to this contact or address. No import, merge or API call removes a row.

    Written for a contact, an address, or both; `address_key` (a keyed hash) outlives the contact.
    """

    contact = TenantForeignKey(Contact, models.SET_NULL, null=True, related_name="suppressions")
    email = models.CharField(max_length=254, blank=True)
    # HMAC-SHA256 of the normalised address, hexadecimal; empty where there is none.
    address_key = models.CharField(max_length=64, blank=True)
    reason = models.CharField(max_length=10, choices=SuppressionReason.choices)
    # Where it came from: "unsubscribe link", "import 12", a member.
    source = models.CharField(max_length=160, blank=True)
    at = models.DateTimeField(db_default=models.functions.Now())

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["organisation", "address_key", "reason"],
                name="contacts_suppression_address",
                condition=~models.Q(address_key=""),
            ),
            models.UniqueConstraint(
                fields=["organisation", "contact", "reason"],
                name="contacts_suppression_contact",
                condition=models.Q(contact__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email or self.contact_id}: {self.reason}"


class LawfulBasis(models.TextChoices):
    """Why the people of a file may be held and written to (RGPD, article 6)."""

    LEGITIMATE_INTEREST = "legitimate_interest", _("Legitimate interest, B2B")
    CONSENT = "consent", _("Consent")
    CONTRACT = "contract", _("Contract or steps before one")
    LEGAL_OBLIGATION = "legal_obligation", _("Legal obligation")
