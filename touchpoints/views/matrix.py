"""The matrix of touchpoints; what it shows stands in its address."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from prm.organisations.access import OrgRequest, requires
from prm.organisations.links import org_reverse
from prm.organisations.rights import Right
from prm.web.tabs import Tab
from touchpoints import charts
from touchpoints.attribution.queries import LEAST_CONVERSIONS
from touchpoints.matrix import read_map
from touchpoints.queries import PERIOD_DAYS
from touchpoints.starting_set import USUAL
from touchpoints.views.inventory import tabs_of

OBSERVED, YEAR = "observed", "year"


@requires(Right.TOUCHPOINTS_VIEW)
def matrix(request: OrgRequest) -> HttpResponse:
    """Show importance against quality, what to fix first, and where declared and observed disagree."""
    is_observed, with_year_ago = request.GET.get("importance") == OBSERVED, request.GET.get("beside") == YEAR
    found = read_map(request.organisation, is_observed=is_observed, with_year_ago=with_year_ago)
    context = {
        "map": found,
        "inventory": found.inventory,
        "chart": charts.matrix_of(request.organisation, found),
        "report": found.report,
        "least": LEAST_CONVERSIONS,
        "period_days": PERIOD_DAYS,
        "usual_count": len(USUAL),
        "importances": [
            Tab(_("Declared"), _url(request, "", with_year_ago), not is_observed),
            Tab(_("Observed"), _url(request, OBSERVED, with_year_ago), is_observed),
        ],
        "moments": [
            Tab(_("Now"), _url(request, OBSERVED * is_observed, False), not with_year_ago),
            Tab(_("Since a year ago"), _url(request, OBSERVED * is_observed, True), with_year_ago),
        ],
        "tabs": tabs_of(request, "matrix", found.inventory.total),
    }
    return render(request, "touchpoints/matrix.html", context)


def _url(request: OrgRequest, importance: str, with_year_ago: bool) -> str:
    asked = [f"importance={importance}"] * bool(importance) + [f"beside={YEAR}"] * with_year_ago
    address = org_reverse(request.organisation, "touchpoints:matrix")
    return f"{address}?{'&'.join(asked)}" if asked else address
