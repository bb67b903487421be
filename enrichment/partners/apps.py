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
        from contacts.rights.registry import hold  # noqa: PLC0415
        from contacts.tidying import register_tidier  # noqa: PLC0415
        from enrichment.models import Lookup  # noqa: PLC0415
        from enrichment.partners.forgetting import (  # noqa: PLC0415
            EMPTIED,
            NAMES_PERSON,
            NOTICE_NAMES_PERSON,
            QUOTES_EMPTIED,
            forget_lines,
        )
        from enrichment.partners.reading import REASONS  # noqa: PLC0415
        from enrichment.partners.running import IMPORT, TRIAL, run_file, run_trial  # noqa: PLC0415
        from enrichment.partners.undoing import UNDO, forget_changes, run_undo  # noqa: PLC0415
        from prm.organisations.audit_words import register_objects  # noqa: PLC0415
        from prm.work.jobs import register  # noqa: PLC0415

        register(IMPORT, run_file)
        register(TRIAL, run_trial)
        register(UNDO, run_undo)
        register_tidier(forget_changes)
        register_tidier(forget_lines)
        hold(
            Lookup,
            _("Lines of partner files that waited for a choice"),
            whose=NAMES_PERSON,
            blank=EMPTIED,
            shows={
                "file": "(SELECT i.filename FROM partners_partnerfile f JOIN contacts_import i"
                " ON i.organisation_id = f.organisation_id AND i.id = f.source_import_id"
                " WHERE f.organisation_id = t.organisation_id AND f.id = (t.answer ->> 'file')::bigint)",
                "line": "t.answer ->> 'line'",
                "row": "t.answer -> 'row'",
            },
        )
        hold(
            Lookup,
            _("What the website of their company says"),
            whose=NOTICE_NAMES_PERSON,
            blank=QUOTES_EMPTIED,
            shows={"site": "t.answer -> 'site'"},
        )
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
