"""The app's place in Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ScoringConfig(AppConfig):
    """Register what this room contributes to the house."""

    name = "scoring"

    def ready(self) -> None:
        """Give new organisations a model, the worker its rescore, the audit log its words."""
        from prm.organisations.audit_words import register_objects  # noqa: PLC0415  (needs loaded models)
        from prm.organisations.setup import on_new_organisation  # noqa: PLC0415
        from prm.web import panels  # noqa: PLC0415
        from prm.work import jobs  # noqa: PLC0415
        from scoring.nightly import rescore_moved  # noqa: PLC0415
        from scoring.panels import why_panel  # noqa: PLC0415
        from scoring.recounting import rescore_recounted  # noqa: PLC0415
        from scoring.rescoring import JOB_KIND, run_rescore  # noqa: PLC0415
        from scoring.starting_model import add_starting_model  # noqa: PLC0415
        from touchpoints.recognition.homes import register_follower  # noqa: PLC0415
        from touchpoints.recounting import on_recount  # noqa: PLC0415

        on_new_organisation(add_starting_model)
        jobs.register(JOB_KIND, run_rescore)
        register_follower(rescore_moved)
        on_recount(rescore_recounted)
        panels.register("contact", 10, "scoring/_why.html", why_panel, is_wide=True, later=_("Why this score"))
        register_objects(
            {
                "scoring_model": _("scoring model"),
                "modelversion": _("scoring model"),
                "scoring_model.draft": _("scoring model: draft started"),
                "scoring_model.discard": _("scoring model: draft discarded"),
                "scoring_model.thresholds": _("scoring model: thresholds changed"),
                "scoring_model.replace": _("scoring model: draft replaced by a document"),
                "scoring_rule": _("scoring rule"),
                "rule": _("scoring rule"),
                "scoring_rule.switch": _("scoring rule: put in or out of use"),
            }
        )
