"""The package's place in Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PartnersConfig(AppConfig):
    """Files of company data, bought or shared; part of the room of enrichment, with tables of their own."""

    name = "enrichment.partners"
    label = "partners"

    def ready(self) -> None:
        """Say who carries files out and what is forgotten; bring reasons and the audit log's words."""
        from contacts.importing.reasons import register_row_reasons  # noqa: PLC0415  (needs loaded models)
        from contacts.tidying import register_tidier  # noqa: PLC0415
        from enrichment.partners.reading import REASONS  # noqa: PLC0415
        from enrichment.partners.running import IMPORT, TRIAL, run_file, run_trial  # noqa: PLC0415
        from enrichment.partners.undoing import UNDO, forget_changes, run_undo  # noqa: PLC0415
        from prm.organisations.audit_words import register_objects  # noqa: PLC0415
        from prm.work.jobs import register  # noqa: PLC0415

        register(IMPORT, run_file)
        register(TRIAL, run_trial)
        register(UNDO, run_undo)
        register_tidier(forget_changes)
        register_row_reasons(REASONS)
        register_objects(
            {
                "partnerfile": _("partner file"),
                "partnerfile.start": _("partner file: begun"),
                "partnerfile.undo": _("partner file: undoing started"),
                "partnerfile.undone": _("partner file: undone"),
                "company.partner_choose": _("company: line of a partner file chosen for it"),
            }
        )
