"""How far somebody has come who is compared with; the furthest first."""

from collections.abc import Mapping

from django.db import models
from django.utils.translation import gettext_lazy as _

from contacts.models import Stage


class Goal(models.TextChoices):
    """What those one is compared with have reached."""

    CUSTOMER = Stage.CUSTOMER.value, _("Customers")
    ACCEPTED = Stage.ACCEPTED.value, _("Accepted by sales")
    MQL = Stage.MQL.value, _("MQLs")


# The stages that count as reached.
REACHED: Mapping[str, tuple[str, ...]] = {
    Goal.CUSTOMER: (Goal.CUSTOMER,),
    Goal.ACCEPTED: (Goal.ACCEPTED, Goal.CUSTOMER),
    Goal.MQL: (Goal.MQL, Goal.ACCEPTED, Goal.CUSTOMER),
}
