"""The app's place in Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DoublesConfig(AppConfig):
    """One person once; part of the room of contacts, with tables of its own."""

    name = "contacts.doubles"
    label = "doubles"

    def ready(self) -> None:
        """Say what merging does to the tables of contacts; let workers look for doubles; give the log its words."""
        from contacts.doubles.finding import FIND, run_find  # noqa: PLC0415  (needs loaded models)
        from contacts.doubles.queries import count_open  # noqa: PLC0415
        from contacts.doubles.rules import register_rules  # noqa: PLC0415
        from contacts.doubles.undoing import forget_rows  # noqa: PLC0415
        from contacts.importing.undoing import register_trace  # noqa: PLC0415
        from contacts.tidying import register_tidier  # noqa: PLC0415
        from prm.organisations.audit_words import register_objects  # noqa: PLC0415
        from prm.web.navigation import register_badge  # noqa: PLC0415
        from prm.work.jobs import register  # noqa: PLC0415

        register_rules()
        register(FIND, run_find)
        register_badge("doubles:pair_list", count_open, kept_seconds=30)
        register_tidier(forget_rows)
        register_trace("merge", table="doubles_merge", words=_("it was merged with another since"))
        register_objects(
            {
                "merge": _("merge"),
                "contact.merge": _("contacts: merged"),
                "contact.unmerge": _("contacts: merge undone"),
                "pair": _("pair of contacts"),
                "pair.distinct": _("contacts: said not to be the same person"),
                "watch": _("doubles"),
                "watch.change": _("doubles: setting changed"),
            }
        )
