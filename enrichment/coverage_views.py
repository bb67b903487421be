"""The page of coverage: how much is known, since when, and who told it."""

import csv
from collections.abc import Sequence
from datetime import date
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contacts.exporting import harmless
from enrichment import coverage
from enrichment.coverage import FieldCoverage, History
from prm.organisations.access import OrgRequest, requires
from prm.organisations.rights import Right
from prm.web.charts.lines import LineChart, Series
from prm.web.tabs import Tab

# Months a period may have.
PERIODS = (1, 3, 6, 12)
USUAL_PERIOD = 3


@requires(Right.ENRICHMENT_VIEW)
def coverage_page(request: OrgRequest) -> HttpResponse:
    """Show the coverage of companies or people over a period, and how one field grew."""
    context = _load(request)
    rows: list[FieldCoverage] = context["rows"]
    best = max(rows, key=lambda row: row.brought, default=None)
    chosen = next((row for row in rows if row.field == request.GET.get("field")), best)
    if chosen is not None:
        history = coverage.history_of(context["cells"], chosen.field, coverage.list_months())
        context["chart"] = _chart(chosen, history)
        context["has_history"] = sum(one is not None for one in history.known) > 1
    context |= {
        "chosen": chosen,
        "best": best if best is not None and best.brought >= 0.5 else None,
        "subjects": _subjects(request, context["is_people"], context["months"]),
        "periods": _periods(request, context["is_people"], context["months"]),
    }
    return render(request, "enrichment/coverage.html", context)


@requires(Right.ENRICHMENT_VIEW)
def coverage_file(request: OrgRequest) -> HttpResponse:
    """Give the same figures as a file: a line for each field and source."""
    context = _load(request)
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="coverage.csv"'
    answer.write("\ufeff")
    writer = csv.writer(answer, delimiter=";")
    writer.writerow([_("Field"), _("Source"), _("Known"), _("Of all"), _("Known at the beginning"), _("Of all then")])
    for row in context["rows"]:
        whole = [row.now.number, row.now.total, row.before.number, row.before.total]
        writer.writerow([harmless(row.label), _("All"), *whole])
        for origin in row.origins:
            writer.writerow([harmless(row.label), harmless(origin.words), origin.number, row.now.total, "", ""])
    return answer


def _load(request: OrgRequest) -> dict[str, Any]:
    is_people = request.GET.get("of") == "people"
    given = request.GET.get("months", "")
    months = int(given) if given.isdecimal() and int(given) in PERIODS else USUAL_PERIOD
    found = coverage.get_figures(request.organisation)
    figures = found.value
    cells = figures.contacts if is_people else figures.companies
    labels = coverage.contact_fields() if is_people else coverage.company_fields(request.organisation, figures)
    since = coverage.list_months(months)[0]
    rows = coverage.cover(cells, list(labels), labels, since)
    return {
        "is_people": is_people,
        "months": months,
        "since": date.fromisoformat(f"{since}-01"),
        "cells": cells,
        "rows": rows,
        "total": rows[0].now.total if rows else 0,
        "counted_at": found.at if found.is_old else None,
    }


def _chart(row: FieldCoverage, history: History) -> LineChart:
    return LineChart(
        "coverage",
        _("%(field)s: share known, month by month") % {"field": row.label},
        tuple(_month_words(month) for month in history.months),
        (
            Series(_("known"), history.known),
            Series(_("without enrichment"), history.without, css="before"),
        ),
        unit="percent",
    )


def _month_words(month: str) -> str:
    return str(formats.date_format(date.fromisoformat(f"{month}-01"), "M Y"))


def _subjects(request: OrgRequest, is_people: bool, months: int) -> Sequence[Tab]:
    return [
        Tab(_("Companies"), f"{request.path}?months={months}", is_current=not is_people),
        Tab(_("People"), f"{request.path}?of=people&months={months}", is_current=is_people),
    ]


def _periods(request: OrgRequest, is_people: bool, months: int) -> Sequence[Tab]:
    of = "of=people&" if is_people else ""
    return [
        Tab(
            ngettext("%(n)s month", "%(n)s months", one) % {"n": one},
            f"{request.path}?{of}months={one}",
            is_current=one == months,
        )
        for one in PERIODS
    ]
