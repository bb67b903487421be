"""Every component once, with made-up figures: what the gallery page of a development server shows."""

import math
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from django import forms
from django.http import QueryDict

from prm.web.charts.funnel import Funnel, FunnelStage
from prm.web.charts.histogram import Bin, Histogram, Threshold
from prm.web.charts.lines import LineChart, Series, Spark
from prm.web.charts.matrix import Matrix, MatrixPoint
from prm.web.charts.square import Scale, Square, SquarePoint
from prm.web.pagination import Page
from prm.web.tabs import Action, Tab


class ExampleForm(forms.Form):
    """One field of every kind, some of them wrong."""

    name = forms.CharField(label="Name of the segment", help_text="Seen by the whole organisation.")
    siren = forms.RegexField(
        r"^\d{9}$", label="SIREN", error_messages={"invalid": "6 digits out of 9. What you entered is kept."}
    )
    owner = forms.ChoiceField(label="Owner", choices=[("1", "Yanis Berger"), ("2", "Inès Fabre")])
    role = forms.CharField(label="Role", disabled=True, required=False, help_text="An admin can change it: Inès Fabre.")
    note = forms.CharField(label="A word for marketing", widget=forms.Textarea(attrs={"rows": 2}), required=False)
    due_on = forms.DateField(label="Deadline", widget=forms.DateInput(attrs={"type": "date"}), required=False)
    reason = forms.ChoiceField(
        label="Reason", widget=forms.RadioSelect, choices=[("budget", "No budget"), ("target", "Not our target")]
    )
    remember = forms.BooleanField(label="Remember for the next files", required=False)


@dataclass(frozen=True)
class _Step:
    label: str
    note: str = ""
    is_done: bool = False
    is_current: bool = False


def contents() -> dict[str, Any]:
    """Return the context of the gallery."""
    data = QueryDict("name=Industry&siren=318442&owner=1&reason=target&remember=on")
    return {
        "form": ExampleForm(data),
        "tabs": [
            Tab("Flow", "?tab=flow", is_current=True),
            Tab("Enrolled", "?tab=all", count=1906),
            Tab("Log", "?tab=log"),
        ],
        "seg": [Tab("List", "?see=list", is_current=True), Tab("Matrix", "?see=matrix")],
        "actions": [
            Action("Copy", "copy", "?copy"),
            Action("Archive", "archive", "?archive", is_post=True),
            Action("Erase", "trash", "?erase", is_danger=True, opens="erase"),
        ],
        "panes": [
            Tab("Why", "?pane=why", is_current=True, pane="why"),
            Tab("Acts", "?pane=acts", count=34, pane="acts"),
        ],
        "steps": ["File", "Mapping", "Dry run"],
        "life": [
            _Step("Suspect", "3 Aug", is_done=True),
            _Step("Prospect", "2 Oct", is_done=True),
            _Step("MQL", "yesterday 18:42", is_current=True),
            _Step("Accepted", "expected before noon"),
            _Step("Customer"),
        ],
        "standings": [
            SimpleNamespace(tier=tier, total=total, fit=fit, intent=total) for tier, total, fit in _STANDINGS
        ],
        "provenances": _provenances(),
        "page": Page([1], "next", None, 1),
        **_charts(),
    }


_STANDINGS = ((2, 42, 82), (1, 24, 71), (0, 6, 42))


def _provenances() -> list[Any]:
    sources = ("form", "sirene", "import 12", "partner", "inferred")
    return [
        SimpleNamespace(value=one, provenance={"value": {"source": one, "at": "2026-11-12T08:14:00+00:00"}})
        for one in sources
    ]


def _charts() -> dict[str, Any]:
    weeks = tuple(f"W{week}" for week in range(21, 47))
    now = tuple(8.6 + 0.15 * week + 0.3 * math.sin(week) for week in range(26))
    before = tuple(7.9 + 0.1 * week + 0.2 * math.cos(week) for week in range(26))
    counts = tuple(int(2600 * math.exp(-point / 9) + 45) for point in range(50))
    return {
        "funnel": Funnel(
            "funnel",
            "From suspect to customer",
            (
                FunnelStage("Suspects", 986_204, 0.062, "become prospects", "in 41 days"),
                FunnelStage("Prospects", 61_430, 0.021, "become MQL", "in 63 days"),
                FunnelStage("MQL", 1_284, 0.71, "are accepted", "in 6 h"),
                FunnelStage("Accepted", 912, 0.205, "become customers", "in 52 days"),
                FunnelStage("Customers", 187),
            ),
        ),
        "line": LineChart(
            "activation",
            "Activation rate",
            weeks,
            (Series("2026", now), Series("2025", before, "before")),
            goal=(8.6, 11.6),
            goal_label="line to the objective",
            unit="percent",
        ),
        "histogram": Histogram(
            "intent",
            "Prospects by intent",
            tuple(
                Bin(float(point), counts[point], "f-hot" if point >= 30 else "f-warm" if point >= 12 else "f-cold")
                for point in range(50)
            ),
            (Threshold("Warm from", 12, "warm-from"), Threshold("Hot from", 30, "hot-from")),
            unit="pt",
        ),
        "matrix": Matrix(
            "matrix",
            "Importance and quality of the touchpoints",
            tuple(
                MatrixPoint(
                    number, name, quality, importance, is_moment_of_truth=importance >= 5, is_irritant=quality < 2.5
                )
                for number, (name, quality, importance) in enumerate(_TOUCHPOINTS, 1)
            ),
            importance_label="Importance, 1 to 5",
            quality_label="Quality, 1 to 5",
        ),
        "square": Square(
            "place",
            SquarePoint(82, 42),
            Scale(12, 30, 50),
            (SquarePoint(38, 2), SquarePoint(66, 9), SquarePoint(69, 13)),
        ),
        "spark": Spark((8.6, 9.0, 9.4, 9.2, 10.1, 11.0, 11.8, 12.4), goal=(8.6, 12.0), elapsed_ratio=0.86),
    }


_TOUCHPOINTS = (
    ("Pricing page", 3.5, 5),
    ("Quote request", 2, 5),
    ("Calculator", 4.5, 4),
    ("Technical blog", 3.5, 2),
    ("Trade show", 4, 3),
    ("Monthly webinar", 4.5, 4),
    ("Newsletter", 3, 2),
    ("Call back in 24 h", 2, 5),
    ("Trial follow-up", 2, 4),
    ("Switchboard", 3, 2),
    ("Partners", 4, 4),
    ("Directory", 2, 1),
)
