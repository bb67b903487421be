"""What the account pages (django-allauth) do our way."""

from smtplib import SMTPException
from typing import Any

import structlog
from allauth.account.adapter import DefaultAccountAdapter
from django.contrib import messages
from django.http import HttpRequest
from django.utils import translation
from django.utils.translation import gettext as _

from prm.organisations.entrance import first_page_of, invitation_of, may_create_organisation

log = structlog.get_logger()


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Sign-up by switch or invitation, e-mails in the person's language, and the way to one's organisation."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Open to everybody when the installation says so, and always to who was invited."""
        return may_create_organisation() or invitation_of(request) is not None

    def is_email_verified(self, request: HttpRequest, email: str) -> bool:
        """Believe the address of who comes with its invitation: the link was sent there."""
        invitation = invitation_of(request)
        if invitation is not None and invitation.email == email.lower():
            return True
        return bool(super().is_email_verified(request, email))

    def get_login_redirect_url(self, request: Any) -> str:
        """Lead to the only organisation, or to the choice of one."""
        return first_page_of(request.user) if request.user.is_authenticated else "/"

    def get_signup_redirect_url(self, request: Any) -> str:
        """Lead to the first page, which knows the organisation just made."""
        return "/"

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Write in the person's language. Where no mail can be sent, say so and go on: nothing else is lost."""
        person = context.get("user")
        with translation.override(getattr(person, "language", "") or translation.get_language()):
            try:
                super().send_mail(template_prefix, email, context)
            except (SMTPException, OSError) as error:
                log.warning("account_mail_failed", template=template_prefix, error=str(error))
            else:
                return
        if self.request is not None:
            messages.error(self.request, _("The e-mail could not be sent. Try again in a few minutes."))
