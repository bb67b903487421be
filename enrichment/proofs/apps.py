"""The package's place in Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

# A director of the company a person works at who bears the person's name: registers write names without accents.
_THEMSELVES = (
    "jsonb_array_elements(CASE jsonb_typeof(t.directors) WHEN 'array' THEN t.directors ELSE '[]' END) AS d (one)"
    " JOIN contacts_contact c ON c.organisation_id = %(organisation_id)s AND c.id = ANY (%(contact_ids)s::bigint[])"
    " AND c.company_id = t.company_id AND c.last_name <> ''"
    " AND replace(contacts_fold(c.first_name || ' ' || c.last_name), '-', ' ')"
    " = replace(contacts_fold(d.one ->> 'name'), '-', ' ')"
)


class ProofsConfig(AppConfig):
    """Where values are from and who wins; part of the room of enrichment, with tables of its own."""

    name = "enrichment.proofs"
    label = "proofs"

    def ready(self) -> None:
        """Tell where values are from; bring the company's page proposals and history, the menu its count."""
        from contacts.models import Company  # noqa: PLC0415  (needs loaded models)
        from contacts.rights.registry import hold, on_erase  # noqa: PLC0415
        from contacts.tidying import register_tidier  # noqa: PLC0415
        from enrichment.proofs.describing import tell_proof  # noqa: PLC0415
        from enrichment.proofs.erased import look_for_erased, remember_directors  # noqa: PLC0415
        from enrichment.proofs.jobs import ACCEPT, UNDO, run_accepting, run_undoing  # noqa: PLC0415
        from enrichment.proofs.models import CompanyState  # noqa: PLC0415
        from enrichment.proofs.panels import history_panel, offers_beside  # noqa: PLC0415
        from enrichment.proofs.queries import count_waiting  # noqa: PLC0415
        from prm.organisations.audit_words import register_objects  # noqa: PLC0415
        from prm.web import panels  # noqa: PLC0415
        from prm.web.beside import register_beside  # noqa: PLC0415
        from prm.web.marks import register_teller  # noqa: PLC0415
        from prm.web.navigation import register_badge  # noqa: PLC0415
        from prm.work.jobs import register  # noqa: PLC0415

        # It goes whole: the next word of the register is then a first one.
        hold(
            CompanyState,
            _("Directors, as the register names them"),
            whose=f"EXISTS (SELECT 1 FROM {_THEMSELVES})",
            delete="true",
            shows={"directors": f"(SELECT jsonb_agg(d.one) FROM {_THEMSELVES})", "told_at": "t.told_at"},
            order=10,
        )
        on_erase(remember_directors)
        register_tidier(look_for_erased)
        register(ACCEPT, run_accepting)
        register(UNDO, run_undoing)
        register_teller(tell_proof)
        register_beside(Company, offers_beside)
        panels.register(
            "company", 25, "enrichment/proofs/_history.html", history_panel, later=_("History of its values")
        )
        register_badge("enrichment:lookup_list", count_waiting, kept_seconds=30)
        register_objects(
            {
                "enrichment.winning": _("enrichment: who wins"),
                "company.proposal_accept": _("company: proposal accepted"),
                "company.proposal_decline": _("company: proposal declined"),
                "company.proposals_accept": _("companies: proposals accepted"),
                "company.proposals_undo": _("companies: accepted proposals undone"),
            }
        )
