"""Enrichment of the companies of many contacts, from the list of contacts: first one sees what it will cost."""

from urllib.parse import urlencode

from django.utils.translation import gettext_lazy

from contacts.bulk.actions import BulkLink
from contacts.bulk.selecting import Selection
from enrichment.bulk import Which
from prm.organisations.links import org_reverse
from prm.organisations.models import Organisation
from prm.organisations.rights import Right


def _estimate_url(organisation: Organisation, selection: Selection) -> str:
    query = {"which": Which.OF_PEOPLE.value, "query": urlencode(selection.address)}
    return f"{org_reverse(organisation, 'enrichment:bulk_estimate')}?{urlencode(query)}"


ENRICH = BulkLink("enrich", gettext_lazy("Enrich"), "data", Right.ENRICHMENT_MANAGE, leads_to=_estimate_url)
