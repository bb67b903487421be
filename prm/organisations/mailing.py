"""The invitation as an e-mail."""

from smtplib import SMTPException

import structlog
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from prm.organisations.entrance import invitation_path
from prm.organisations.models import Invitation, Organisation

log = structlog.get_logger()


def send_invitation(organisation: Organisation, invitation: Invitation, token: str) -> bool:
    """Send an invitation in the organisation's language; return whether the mail server took it.

    Call it once the invitation is committed: it talks to the network.
    """
    inviter = invitation.invited_by
    with translation.override(organisation.language):
        context = {
            "organisation": organisation,
            "invitation": invitation,
            "inviter": inviter,
            "url": settings.BASE_URL + invitation_path(organisation.slug, token),
            "language": organisation.language,
        }
        subject = _("Join %(organisation)s on PRM") % {"organisation": organisation.name}
        message = EmailMultiAlternatives(
            subject,
            render_to_string("organisations/email/invitation.txt", context),
            to=[invitation.email],
            reply_to=[inviter.email] if inviter else None,
        )
        message.attach_alternative(render_to_string("organisations/email/invitation.html", context), "text/html")
    try:
        message.send()
    except (SMTPException, OSError) as error:
        log.warning("invitation_mail_failed", organisation=organisation.pk, error=str(error))
        return False
    return True
