"""The package's place in Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SlotsConfig(AppConfig):
    """Places on websites that show variants; part of the room of touchpoints, with tables of its own."""

    name = "touchpoints.slots"
    label = "slots"

    def ready(self) -> None:
        """Answer what pages ask, believe what they were given, lead here, give log and timeline words."""
        from prm.organisations.audit_words import register_objects  # noqa: PLC0415  (needs loaded models)
        from prm.organisations.rights import Right  # noqa: PLC0415
        from prm.web.finding import ACT, PAGE, Command, register_commands, register_finder  # noqa: PLC0415
        from touchpoints.slots.exposures import KIND, prove_exposure  # noqa: PLC0415
        from touchpoints.slots.queries import find_slots  # noqa: PLC0415
        from touchpoints.slots.serving import answer  # noqa: PLC0415
        from touchpoints.slots.wording import exposure_words  # noqa: PLC0415
        from touchpoints.tracking.questions import register_proof, register_question  # noqa: PLC0415
        from touchpoints.wording import register_words  # noqa: PLC0415

        register_question("s", answer)
        register_proof(KIND, prove_exposure)
        register_words(KIND, exposure_words)
        register_finder(Right.TOUCHPOINTS_VIEW, find_slots)
        register_commands(
            Command("slots:slot_list", _("Slots"), "split", Right.TOUCHPOINTS_VIEW, PAGE),
            Command("slots:slot_add", _("New slot"), "plus", Right.TOUCHPOINTS_EDIT, ACT),
        )
        register_objects(
            {
                "slot": _("slot"),
                "slot.draft": _("slot: draft changed"),
                "slot.restore": _("slot: brought back"),
            }
        )
