"""The package's place in Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SurveysConfig(AppConfig):
    """What people say of touchpoints; part of the room of touchpoints, with tables of its own."""

    name = "touchpoints.surveys"
    label = "surveys"

    def ready(self) -> None:
        """Show what people say on a touchpoint's page; say what is held on people and what merging does to it."""
        from contacts.doubles.registry import move  # noqa: PLC0415  (needs loaded models)
        from contacts.rights.registry import hold  # noqa: PLC0415
        from prm.organisations.audit_words import register_objects  # noqa: PLC0415
        from prm.organisations.rights import Right  # noqa: PLC0415
        from prm.web import panels  # noqa: PLC0415
        from prm.web.finding import ACT, PAGE, Command, register_commands  # noqa: PLC0415
        from touchpoints.surveys.answering import KIND, move_answers  # noqa: PLC0415
        from touchpoints.surveys.models import Answer  # noqa: PLC0415
        from touchpoints.surveys.views import touchpoint_panel  # noqa: PLC0415
        from touchpoints.surveys.wording import words_of  # noqa: PLC0415
        from touchpoints.tracking.identity import on_moved  # noqa: PLC0415
        from touchpoints.wording import register_words  # noqa: PLC0415

        panels.register(
            "touchpoint",
            3,
            "touchpoints/surveys/_touchpoint_panel.html",
            touchpoint_panel,
            is_wide=True,
            later=_("What people say"),
        )
        register_words(KIND, words_of)
        register_commands(
            Command("surveys:survey_add", _("New survey"), "plus", Right.TOUCHPOINTS_EDIT, ACT),
            Command("surveys:survey_list", _("Surveys"), "report", Right.TOUCHPOINTS_VIEW, PAGE),
        )
        move(Answer)
        on_moved(move_answers)
        # How many were satisfied is counted for ever; what somebody wrote is not kept.
        hold(
            Answer,
            _("What they answered to surveys"),
            *("answered_at", "score", "words", "way"),
            shows={
                "question": "(SELECT s.question FROM surveys_survey s"
                " WHERE s.organisation_id = t.organisation_id AND s.id = t.survey_id)"
            },
            blank="words = '', contact_id = NULL, visitor_id = NULL",
        )
        register_objects(
            {
                "survey": _("survey"),
                "survey.close": _("survey: closed"),
                "survey.reopen": _("survey: open again"),
            }
        )
