"""The app's place in Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TaggingConfig(AppConfig):
    """Tags on contacts; part of the room of contacts, with tables of its own."""

    name = "contacts.tagging"
    label = "tagging"

    def ready(self) -> None:
        """Let conditions ask for tags; say what merging contacts and undoing imports do to them; name them."""
        from contacts.condition_fields import PEOPLE  # noqa: PLC0415  (needs loaded models)
        from contacts.doubles.registry import move_one  # noqa: PLC0415
        from contacts.importing.undoing import register_trace  # noqa: PLC0415
        from contacts.tagging.condition_fields import TAG  # noqa: PLC0415
        from contacts.tagging.models import Tagging  # noqa: PLC0415
        from contacts.tagging.queries import find_tags  # noqa: PLC0415
        from prm.conditions.fields import register  # noqa: PLC0415
        from prm.organisations.audit_words import register_objects  # noqa: PLC0415
        from prm.organisations.rights import Right  # noqa: PLC0415
        from prm.web.finding import register_finder  # noqa: PLC0415

        register(PEOPLE, TAG)
        move_one(Tagging, one_of=("tag",))
        register_trace(
            "tagged",
            table="tagging_tagging",
            where="t.import_id IS DISTINCT FROM %(import_id)s",
            words=_("it was tagged since"),
        )
        register_finder(Right.CONTACTS_VIEW, find_tags)
        register_objects(
            {
                "tag": _("tag"),
                "tag.rename": _("tag: renamed"),
                "tag.merge": _("tag: made part of another"),
                "tag.delete": _("tag: deleted"),
                "contact.tag": _("contact: tagged"),
                "contact.untag": _("contact: tag taken away"),
            }
        )
