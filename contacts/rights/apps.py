"""The package's place in Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RightsConfig(AppConfig):
    """Rights of the people in the base; part of the room of contacts, with tables of its own."""

    name = "contacts.rights"
    label = "rights"

    def ready(self) -> None:
        """Say what contacts hold on people, bring the panel of a contact's page, and give the log its words."""
        from contacts.bulk.actions import register_bulk_action  # noqa: PLC0415  (needs loaded models)
        from contacts.doubles.registry import move  # noqa: PLC0415
        from contacts.rights.bulk import ERASE as ERASE_SELECTED  # noqa: PLC0415
        from contacts.rights.erasing import look_again  # noqa: PLC0415
        from contacts.rights.holdings import register_holdings  # noqa: PLC0415
        from contacts.rights.models import PersonRequest  # noqa: PLC0415
        from contacts.rights.requests import count_open  # noqa: PLC0415
        from contacts.rights.retention import ERASE, run_erasing, wake_nightly  # noqa: PLC0415
        from contacts.rights.views import contact_panel  # noqa: PLC0415
        from contacts.tidying import register_tidier  # noqa: PLC0415
        from prm.organisations.audit_words import register_objects  # noqa: PLC0415
        from prm.organisations.setup import on_new_organisation  # noqa: PLC0415
        from prm.web import panels  # noqa: PLC0415
        from prm.web.navigation import register_badge  # noqa: PLC0415
        from prm.work.jobs import register  # noqa: PLC0415

        register_holdings()
        move(PersonRequest)
        register_tidier(look_again)
        register(ERASE, run_erasing)
        register_bulk_action(ERASE_SELECTED)
        on_new_organisation(wake_nightly)
        register_badge("rights:request_list", count_open, kept_seconds=300)
        panels.register("contact", 45, "contacts/rights/_panel.html", contact_panel, later=_("Rights of this person"))
        register_objects(
            {
                "contact.erase": _("contact: erased"),
                "bulk.erase": _("contacts: erased"),
                "contact.hand_out": _("contact: everything held handed out"),
                "personrequest": _("request of a person"),
                "personrequest.finish": _("request of a person: answered"),
                "retention": _("retention"),
                "retention.change": _("retention: setting changed"),
                "retention.erase": _("retention: erasing started"),
                "retention.purge": _("retention: what could not be taken in deleted"),
            }
        )
