"""The package's place in Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RightsConfig(AppConfig):
    """Rights of the people in the base; part of the room of contacts, with tables of its own."""

    name = "contacts.rights"
    label = "rights"

    def ready(self) -> None:
        """Say what contacts hold on people, bring the panel of a contact's page, and give the log its words."""
        from contacts.rights.erasing import look_again  # noqa: PLC0415  (needs loaded models)
        from contacts.rights.holdings import register_holdings  # noqa: PLC0415
        from contacts.rights.views import contact_panel  # noqa: PLC0415
        from contacts.tidying import register_tidier  # noqa: PLC0415
        from prm.organisations.audit_words import register_objects  # noqa: PLC0415
        from prm.web import panels  # noqa: PLC0415

        register_holdings()
        register_tidier(look_again)
        panels.register("contact", 45, "contacts/rights/_panel.html", contact_panel)
        register_objects({"contact.erase": _("contact: erased")})
