"""Why a message was not sent and why a person left a scenario: codes of the ledger, in words."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from nurturing.models import Delivery, DeliveryStatus


@dataclass(frozen=True)
class Reason:
    """What held a message, and what releases it (empty: nothing will)."""

    cause: str | Promise
    release: str | Promise = ""


HELD: dict[str, Reason] = {
    "opt_out": Reason(_("The person unsubscribed."), _("Whoever opts out stays out.")),
    "bounce": Reason(_("The address was refused before."), _("Nothing more is sent to it.")),
    "complaint": Reason(_("The person reported a message as unwanted.")),
    "erased": Reason(_("The person asked to be erased.")),
    "no_consent": Reason(_("No consent to e-mails.")),
    "answered": Reason(_("The person has answered already.")),
    "handoff": Reason(_("The person is with sales."), _("The scenario ended for them when sales took over.")),
    "customer": Reason(_("The person bought."), _("Customers leave nurturing.")),
    "left": Reason(_("The person had left the scenario.")),
    "no_address": Reason(_("No e-mail address is known."), _("Add one on the contact’s page.")),
    "duplicate": Reason(_("Another contact with this address got this message.")),
    "expired": Reason(
        _("More than seven days late: after a pause, what is stale is not sent."),
        _("The person goes on to the next step."),
    ),
    "paused": Reason(_("The scenario is paused."), _("It leaves when the scenario goes on, unless it is a week old.")),
    "archived": Reason(_("The scenario was archived.")),
    "step_deleted": Reason(_("The step was deleted.")),
    "template": Reason(_("The text could not be made personal."), _("Correct the message of the step.")),
}

# The reason of an unknown message a member decided not to send again.
SETTLED = "settled"


def explain(delivery: Delivery) -> Reason:
    """Return why a message is where it is, in the current language; empty words where there is nothing to say."""
    if delivery.status == DeliveryStatus.HELD:
        return HELD.get(delivery.reason, Reason(delivery.reason))
    if delivery.status == DeliveryStatus.UNKNOWN:
        if delivery.reason == SETTLED:
            return Reason(_("A member decided not to send it again."))
        return Reason(
            _("The sender was interrupted while the mail server took it: it may or may not have arrived."),
            _("It is never sent again by itself: decide."),
        )
    if delivery.status == DeliveryStatus.PENDING and delivery.reason:
        return Reason(delivery.reason, _("It is tried again by itself."))
    return Reason(delivery.reason)
