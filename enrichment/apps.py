"""The app's place in Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EnrichmentConfig(AppConfig):
    """Register what this room contributes to the house."""

    name = "enrichment"

    def ready(self) -> None:
        """Say who carries out enrichment jobs, and give the audit log its words."""
        from enrichment.bulk import KIND, run_enrichment  # noqa: PLC0415
        from prm.organisations.audit_words import register_objects  # noqa: PLC0415
        from prm.work.jobs import register  # noqa: PLC0415

        register(KIND, run_enrichment)
        register_objects(
            {
                "company.enrich": _("company: enrichment asked for"),
                "company.enrich_many": _("companies: enrichment asked for"),
                "company.enrich_retry": _("company: enrichment asked for again"),
                "company.enrich_choose": _("company: chosen among candidates"),
                "company.enrich_dismiss": _("company: none of the candidates"),
                "company.enrich_undo": _("company: enrichment undone"),
            }
        )
