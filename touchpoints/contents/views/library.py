"""The library of contents, and the grid of what is missing."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from contacts.exporting import csv_text, file_name
from prm.organisations.access import OrgRequest, requires
from prm.organisations.links import org_reverse
from prm.organisations.rights import Right
from prm.web.tabs import Tab
from touchpoints.attribution.queries import LEAST_CONVERSIONS
from touchpoints.contents import figures, queries
from touchpoints.contents.exporting import table_of
from touchpoints.contents.forms import FilterForm
from touchpoints.contents.models import LANGUAGES
from touchpoints.interests.queries import list_themes
from touchpoints.interests.views import tabs_of
from touchpoints.queries import list_owners


@requires(Right.CONTENTS_VIEW)
def content_list(request: OrgRequest) -> HttpResponse:
    """List the contents with who read them and what came of it."""
    organisation = request.organisation
    form = FilterForm(request.GET, themes=list_themes(organisation), owners=list_owners(organisation))
    filters, sort = form.filters, form.order
    readings, ways = figures.get_readings(organisation), figures.get_ways(organisation)
    page = queries.page_of_contents(
        organisation,
        filters,
        sort=sort,
        cursor=request.GET.get("cursor"),
        readings=readings.value,
        ways=ways.value,
    )
    counts = queries.count_by_state(organisation)
    context = {
        "page": page,
        "rows": queries.rows_of(page.items, readings.value, ways.value),
        "counts": counts,
        "counted": readings,
        "ways": ways.value,
        "least": LEAST_CONVERSIONS,
        "days": figures.DAYS,
        "form": form,
        "filters": filters,
        "chips": form.in_use,
        "sort": sort,
        "is_empty": not counts["used"] and not counts["archived"],
        "tabs": tabs_of(request, "library", counts["used"]),
    }
    template = "touchpoints/contents/content_list.html"
    return render(request, f"{template}#rows" if request.htmx else template, context)


@requires(Right.CONTENTS_VIEW)
def coverage(request: OrgRequest) -> HttpResponse:
    """Show how many contents there are by theme and stage: holes are to be seen at a glance."""
    organisation = request.organisation
    asked = request.GET.get("language", "")
    language = asked if asked in dict(LANGUAGES) else ""
    address = org_reverse(organisation, "contents:coverage")
    readings = figures.get_readings(organisation)
    context = {
        "coverage": queries.get_coverage(organisation, readings.value, language=language),
        "language": language,
        "languages": [
            Tab(_("All languages"), address, not language),
            *(Tab(word, f"{address}?language={code}", code == language) for code, word in LANGUAGES),
        ],
        "tabs": tabs_of(request, "coverage"),
    }
    return render(request, "touchpoints/contents/coverage.html", context)


@requires(Right.CONTENTS_VIEW)
def content_export(request: OrgRequest) -> HttpResponse:
    """Download the contents asked for, with their figures, for a spreadsheet."""
    organisation = request.organisation
    form = FilterForm(request.GET, themes=list_themes(organisation), owners=list_owners(organisation))
    contents = queries.list_contents(organisation, form.filters).order_by("theme__name", "title", "pk")
    text = csv_text(table_of(organisation, contents), begins=True)
    response = HttpResponse(text, content_type="text/csv; charset=utf-8")
    name = file_name(organisation, "csv", "contents")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
