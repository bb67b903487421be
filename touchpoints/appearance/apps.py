"""The package's place in Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AppearanceConfig(AppConfig):
    """How an organisation looks to strangers; part of the room of touchpoints, with tables of its own."""

    name = "touchpoints.appearance"
    label = "appearance"

    def ready(self) -> None:
        """Say where it is set, and what the audit log calls it."""
        from prm.organisations.audit_words import register_objects  # noqa: PLC0415  (needs loaded models)
        from prm.organisations.rights import Right  # noqa: PLC0415
        from prm.organisations.settings_pages import register_settings_page  # noqa: PLC0415
        from prm.web.finding import PAGE, Command, register_commands  # noqa: PLC0415

        register_settings_page("appearance:appearance", _("Appearance"), Right.PAGES_PUBLISH)
        register_commands(Command("appearance:appearance", _("Appearance"), "eye", Right.PAGES_PUBLISH, PAGE))
        register_objects({"appearance": _("appearance")})
