"""The package's place in Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SimulationConfig(AppConfig):
    """Trying a draft before it is published; part of the room of scoring, with tables of its own."""

    name = "scoring.simulation"
    label = "simulation"

    def ready(self) -> None:
        """Let workers simulate, merging drop what was simulated; give the audit log its words."""
        from contacts.doubles.registry import drop  # noqa: PLC0415  (needs loaded models)
        from contacts.rights.registry import hold  # noqa: PLC0415
        from prm.organisations.audit_words import register_objects  # noqa: PLC0415
        from prm.work.jobs import register  # noqa: PLC0415
        from scoring.simulation.models import SimulatedMove  # noqa: PLC0415
        from scoring.simulation.running import JOB_KIND, run_simulation  # noqa: PLC0415

        register(JOB_KIND, run_simulation)
        drop(SimulatedMove)
        hold(SimulatedMove, _("Scores tried out"), "was_tier", "tier", "was_intent", "intent", "fit", delete="true")
        register_objects({"scoring_model.simulate": _("scoring model: draft simulated")})
