"""Companies that look at a site before anybody says who they are, by their own network."""

from collections.abc import Iterable

from django.utils import translation
from django.utils.translation import gettext as _

from contacts.companies import clean_company
from contacts.networks import OWN
from contacts.services import CompanyInput, find_or_create_company
from prm.organisations.models import Organisation
from prm.work.errors import Invalid
from touchpoints.models import Verdict
from touchpoints.tracking.models import Visit

ACTOR = "tracking"


def know_companies(organisation: Organisation, visits: Iterable[Visit]) -> None:
    """Let companies whose own network humans came from be known; one that is known already stays as it is.

    A network is a guess, and the company's values say so. Carriers and hosters make no company.
    """
    seen = {
        (one.network, one.network_domain)
        for one in visits
        if one.network and one.network_kind == OWN and one.verdict == Verdict.HUMAN
    }
    with translation.override(organisation.language):
        source = _("Visit of the website")
    for name, domain in sorted(seen):
        try:
            given = clean_company(CompanyInput(name=name, domain=domain))
        except Invalid:
            given = clean_company(CompanyInput(name=name))
        find_or_create_company(organisation, given, provenance="inferred", source=source, by=ACTOR)
