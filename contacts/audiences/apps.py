"""The package's place in Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AudiencesConfig(AppConfig):
    """Audiences for advertising platforms; part of the room of contacts, with tables of its own."""

    name = "contacts.audiences"
    label = "audiences"

    def ready(self) -> None:
        """Let workers write files, contacts show what they were passed on in, rights and doubles know the tables."""
        from contacts.audiences.erasing import forget_files_of  # noqa: PLC0415  (needs loaded models)
        from contacts.audiences.models import AudienceMember  # noqa: PLC0415
        from contacts.audiences.services import FILE, forget_files  # noqa: PLC0415
        from contacts.audiences.views import contact_panel  # noqa: PLC0415
        from contacts.audiences.writing import run_file  # noqa: PLC0415
        from contacts.doubles.registry import move  # noqa: PLC0415
        from contacts.rights.registry import hold, on_erase  # noqa: PLC0415
        from contacts.tidying import register_tidier  # noqa: PLC0415
        from prm.organisations.audit_words import register_objects  # noqa: PLC0415
        from prm.organisations.rights import Right  # noqa: PLC0415
        from prm.web import panels  # noqa: PLC0415
        from prm.web.finding import PAGE, Command, register_commands  # noqa: PLC0415
        from prm.work.jobs import register  # noqa: PLC0415

        register(FILE, run_file)
        register_tidier(forget_files)
        panels.register(
            "contact", 42, "contacts/audiences/_panel.html", contact_panel, later=_("Advertising audiences")
        )
        register_commands(
            Command("audiences:audience_list", _("Advertising audiences"), "megaphone", Right.AUDIENCES_MAKE, PAGE)
        )
        move(AudienceMember)
        file = "FROM audiences_audiencefile f WHERE f.organisation_id = t.organisation_id AND f.id = t.file_id"
        # The hash stays until the platform was told to remove it: erasing has to reach whoever was told of somebody.
        hold(
            AudienceMember,
            _("Audiences of advertising platforms"),
            shows={
                "platform": f"(SELECT f.platform {file})",
                "made_at": f"(SELECT f.created_at {file})",
                "taken_at": f"(SELECT f.downloaded_at {file})",
                "purpose": f"(SELECT f.purpose {file})",
                "hash": "t.email_hash",
                "removed_at": "(SELECT f.created_at FROM audiences_audiencefile f"
                " WHERE f.organisation_id = t.organisation_id AND f.id = t.removed_in_id)",
            },
            blank="contact_id = NULL",
        )
        on_erase(forget_files_of)
        register_objects(
            {
                "audience": _("advertising audience"),
                "audience.restore": _("advertising audience: taken back into use"),
                "audience.file": _("advertising audience: file made"),
                "audience.download": _("advertising audience: file taken"),
            }
        )
