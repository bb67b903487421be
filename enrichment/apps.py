"""The app's place in Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EnrichmentConfig(AppConfig):
    """Register what this room contributes to the house."""

    name = "enrichment"

    def ready(self) -> None:
        """Say who carries out enrichment jobs; bring panels and the audit log's words."""
        from contacts.arrivals import on_new_companies  # noqa: PLC0415
        from contacts.bulk.actions import register_bulk_action  # noqa: PLC0415  (needs loaded models)
        from contacts.lots import register_lot  # noqa: PLC0415
        from contacts.networks import register_lookup  # noqa: PLC0415
        from contacts.tidying import register_tidier  # noqa: PLC0415
        from enrichment.automatic.arrivals import note_arrivals  # noqa: PLC0415
        from enrichment.automatic.refreshing import FIGURES as DUE  # noqa: PLC0415
        from enrichment.automatic.refreshing import look_what_is_due  # noqa: PLC0415
        from enrichment.bulk import KIND, run_enrichment  # noqa: PLC0415
        from enrichment.command import AUTOMATIC, DOMAINS, FIND, SOURCES  # noqa: PLC0415
        from enrichment.contact_action import ENRICH  # noqa: PLC0415
        from enrichment.coverage import FIGURES, measure_coverage  # noqa: PLC0415
        from enrichment.domains import jobs as domain_jobs  # noqa: PLC0415
        from enrichment.networks import name_network  # noqa: PLC0415
        from enrichment.panels import company_list_action, company_panel, contact_panel, import_panel  # noqa: PLC0415
        from enrichment.prospected import OF_PROSPECTING, PROSPECTING, forget_lots  # noqa: PLC0415
        from enrichment.sources.registers import register_registers  # noqa: PLC0415
        from enrichment.sources.signals import register_signals  # noqa: PLC0415
        from enrichment.vat.views import vat_panel  # noqa: PLC0415
        from prm.organisations.audit_words import register_objects  # noqa: PLC0415
        from prm.organisations.rights import Right  # noqa: PLC0415
        from prm.organisations.settings_pages import register_settings_page  # noqa: PLC0415
        from prm.web import panels  # noqa: PLC0415
        from prm.web.finding import register_commands  # noqa: PLC0415
        from prm.work.jobs import register  # noqa: PLC0415
        from prm.work.remembering import register_figures  # noqa: PLC0415

        register_registers()
        register_signals()
        register(KIND, run_enrichment)
        register(domain_jobs.KIND, domain_jobs.run_linking)
        register(domain_jobs.UNDO, domain_jobs.run_unlinking)
        register_figures(FIGURES, measure_coverage)
        register_bulk_action(ENRICH)
        register_figures(DUE, look_what_is_due)
        on_new_companies(note_arrivals)
        register_lookup(name_network)
        register_commands(FIND, DOMAINS, SOURCES, AUTOMATIC)
        panels.register("company", 20, "enrichment/_company_panel.html", company_panel, later="SIRENE")
        panels.register("import", 10, "enrichment/_import_panel.html", import_panel)
        register_lot(PROSPECTING, OF_PROSPECTING)
        register_tidier(forget_lots)
        panels.register("company-list", 10, "enrichment/_company_list_action.html", company_list_action)
        panels.register("contact", 40, "enrichment/_contact_panel.html", contact_panel, later="SIRENE")
        panels.register("company", 30, "enrichment/_vat_panel.html", vat_panel, later=_("VAT number"))
        register_settings_page("enrichment:source_list", _("Sources"), Right.SETTINGS_EDIT)
        register_objects(
            {
                "company.enrich": _("company: enrichment asked for"),
                "company.enrich_many": _("companies: enrichment asked for"),
                "company.enrich_retry": _("company: enrichment asked for again"),
                "company.enrich_choose": _("company: chosen among candidates"),
                "company.enrich_dismiss": _("company: none of the candidates"),
                "company.enrich_undo": _("company: enrichment undone"),
                "contact.link_domains": _("contacts: given the company of their e-mail domain"),
                "contact.unlink_domains": _("contacts: taken out of the company of their e-mail domain"),
                "company.vat": _("company: VAT number to be checked"),
                "company.prospect": _("companies: added from the local directory"),
                "company.prospect_undo": _("companies: added from the local directory, and taken out again"),
                "enrichment.matching": _("enrichment: matching of names"),
                "company.enrich_nightly": _("companies: refreshed by night"),
                "enrichment.automatic": _("enrichment: what is asked by itself"),
                "enrichment.source": _("source of enrichment: set up"),
                "enrichment.source_key_forget": _("source of enrichment: key removed"),
                "enrichment.source_order": _("sources of enrichment: order"),
                "enrichment.source_test": _("source of enrichment: test asked for"),
                "prospecting.open": _("prospecting: somebody let in"),
                "prospecting.close": _("prospecting: somebody left out again"),
            }
        )
