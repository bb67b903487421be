"""What is said of webhooks in words."""

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from prm.webhooks.models import WebhookMessage

TROUBLES: dict[str, str | Promise] = {
    "bad_address": gettext_lazy("This address may not be asked."),
    "no_site": gettext_lazy("There is no such host."),
    "private_site": gettext_lazy("This host is not on the public internet."),
    "unreachable": gettext_lazy("It could not be reached."),
    "timeout": gettext_lazy("It did not answer within ten seconds."),
    "secret": gettext_lazy("Its secret cannot be read: make the webhook anew."),
}


def say_answer(message: WebhookMessage) -> str:
    """Return what the other side said to a message."""
    if message.answer is not None:
        return _("It answered %(n)s.") % {"n": message.answer}
    return str(TROUBLES.get(message.trouble, ""))
