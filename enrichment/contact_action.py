"""Enrichment of the companies of many contacts, from the list of contacts."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contacts.bulk.actions import BulkAction, Outcome, Turn
from contacts.models import Contact
from enrichment import services
from enrichment.bulk import Selection, Which
from enrichment.domains.linking import link_people, list_unlinked
from prm.organisations.models import Organisation, User
from prm.organisations.rights import Right


def _collect(turn: Turn) -> Outcome:
    """Note the companies of these contacts; they are asked about together, each once, when all are known.

    Whoever has none is given that of the domain they write from, where it is a company's.
    """
    domains = list_unlinked(turn.organisation, turn.contact_ids)
    link_people(turn.organisation, domains=domains, contact_ids=turn.contact_ids, by=turn.by)
    rows = Contact.objects.filter(pk__in=turn.contact_ids).order_by("pk").values_list("pk", "company_id")
    without = [contact_id for contact_id, company_id in rows if company_id is None]
    companies = sorted({company_id for _contact_id, company_id in rows if company_id is not None})
    done = [contact_id for contact_id, company_id in rows if company_id is not None]
    return Outcome(done, {"no_company": without}, {"companies": companies})


def _ask(organisation: Organisation, by: User | None, befores: list[dict[str, Any]]) -> None:
    ids = sorted({company_id for before in befores for company_id in before["companies"]})
    if ids:
        services.request_bulk(organisation, selection=Selection(Which.CHOSEN, tuple(ids)), by=by)


ENRICH = BulkAction(
    "enrich",
    gettext_lazy("Enrich"),
    "data",
    Right.ENRICHMENT_RUN,
    lambda _organisation, _values: _("Enrich from SIRENE"),
    _collect,
    finish=_ask,
    reasons={"no_company": gettext_lazy("has no company, nor an address of one")},
    warning=gettext_lazy("Their companies are asked about in the register, each once; this takes a while for many."),
)
