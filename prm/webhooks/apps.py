"""The app's place in Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WebhooksConfig(AppConfig):
    """Programs that are told what happened."""

    name = "prm.webhooks"
    label = "webhooks"

    def ready(self) -> None:
        """Add a tab to the settings, and the audit log's words."""
        from prm.organisations.audit_words import register_objects  # noqa: PLC0415  (needs loaded models)
        from prm.organisations.rights import Right  # noqa: PLC0415
        from prm.organisations.settings_pages import register_settings_page  # noqa: PLC0415

        register_settings_page("webhooks:webhook_list", _("Webhooks"), Right.SETTINGS_EDIT)
        register_objects(
            {
                "webhook": _("webhook"),
                "webhook.try": _("webhook: tried"),
                "webhook.resend": _("webhook: told once more"),
            }
        )
