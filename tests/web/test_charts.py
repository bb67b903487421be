"""Charts say in words and figures what they draw."""

from itertools import combinations
from math import hypot

import pytest
from django.template.loader import render_to_string
from django.utils import translation
from hypothesis import example, given
from hypothesis import strategies as st

from prm.web.charts.funnel import Funnel, FunnelStage
from prm.web.charts.histogram import Bin, Histogram, Threshold
from prm.web.charts.lines import LineChart, Series, Spark, nice_ticks
from prm.web.charts.matrix import Matrix, MatrixGroup, MatrixPoint
from prm.web.charts.square import Scale, Square, SquarePoint, square_mark


@pytest.fixture(autouse=True)
def english() -> object:
    with translation.override("en"):
        yield


def funnel(*values: int) -> Funnel:
    names = ("Suspects", "Prospects", "MQL")
    return Funnel(
        "f", "Funnel", tuple(FunnelStage(name, value, 0.1, "go on") for name, value in zip(names, values, strict=True))
    )


def test_a_funnel_of_like_sizes_is_linear_and_one_of_unlike_sizes_logarithmic() -> None:
    assert [band.height for band in funnel(100, 50, 25).bands] == [92.0, 46.0, 23.0]
    assert funnel(100, 50, 25).scale_note == ""
    steep = funnel(986_204, 61_430, 187)
    assert steep.scale_note == "bars on a logarithmic scale"
    heights = [band.height for band in steep.bands]
    assert heights[0] == 92.0
    assert heights[0] > heights[1] > heights[2] > 10


def test_an_empty_funnel_draws_thin_lines() -> None:
    assert [band.height for band in funnel(0, 0, 0).bands] == [1.5, 1.5, 1.5]


def test_a_funnel_gives_its_figures() -> None:
    chart = funnel(986_204, 61_430, 187)
    assert chart.description == "986,204 Suspects, 61,430 Prospects, 187 MQL."
    assert chart.figures.rows[1] == ("Prospects", "61,430", "10%")


@pytest.mark.parametrize(
    ("low", "high", "wanted"),
    [
        (0, 100, (0, 25, 50, 75, 100)),
        (8.6, 12.4, (8, 9, 10, 11, 12, 13)),
        (3, 12, (0, 5, 10, 15)),
        (0, 0, (0, 0.25, 0.5, 0.75, 1)),
        (-4, 3, (-4, -2, 0, 2, 4)),
        (5, 5, (0, 2, 4, 6)),
        (-5, -5, (-6, -4, -2, 0)),
        (0, 1e-12, (0, 0.25, 0.5, 0.75, 1)),
    ],
)
def test_axes_have_round_values(low: float, high: float, wanted: tuple[float, ...]) -> None:
    assert nice_ticks(low, high) == wanted


def test_nobody_is_cut_in_two_by_an_axis() -> None:
    assert nice_ticks(0, 1, least=1) == (0, 1)
    assert nice_ticks(0, 2, least=1) == (0, 1, 2)
    assert nice_ticks(0, 10, least=1) == (0, 5, 10)
    whole = LineChart("l", "Size", ("a", "b"), (Series("x", (0, 1)),))
    assert whole.y_labels == ("1", "0")
    assert len(LineChart("l", "Mean", ("a", "b"), (Series("x", (0, 0.9)),)).y_labels) > 3


@given(st.floats(-1e6, 1e6), st.floats(0, 1e6))
@example(-4.382671160469114e-08, 0.0)
def test_axes_hold_every_value(low: float, span: float) -> None:
    ticks = nice_ticks(low, low + span)
    # Less than a hair of a pixel may lie outside: an axis is some hundred pixels long.
    hair = 1e-6 * (ticks[-1] - ticks[0])
    assert ticks[0] <= low + hair
    assert ticks[-1] >= low + span - hair
    assert 2 <= len(ticks) <= 12


def line(*values: float | None) -> LineChart:
    labels = tuple(f"W{number}" for number in range(1, len(values) + 1))
    return LineChart("l", "Rate", labels, (Series("2026", values),), unit="percent")


def test_a_line_is_broken_where_nothing_is_known() -> None:
    chart = line(10, 20, None, 40, 20)
    assert len(chart.lines[0].paths) == 2
    assert chart.lines[0].area == ""
    assert chart.figures.rows[2] == ("W3", "–")


def test_a_line_says_where_it_began_and_ended() -> None:
    assert line(8.6, 9, 12.4).description == "2026: from 8.6% (W1) to 12.4% (W3)."


def test_a_line_without_values_says_so() -> None:
    chart = line(None, None)
    assert chart.is_empty
    assert "No figures yet." in render_to_string("components/charts/line.html", {"chart": chart})


def test_many_labels_are_thinned_to_six() -> None:
    assert line(*range(26)).x_labels == ("W1", "W6", "W11", "W16", "W21", "W26")


def test_a_line_of_one_value_can_be_drawn() -> None:
    assert line(5).lines[0].paths == ("0.0,16.7",)


def test_a_spark_stops_where_time_has_come_to() -> None:
    assert Spark((1, 2), goal=(1, 3), elapsed_ratio=0.5).points == "0.0,36.0 50.0,21.0"
    assert Spark((2, 2)).points == "0.0,20.0 100.0,20.0"


def histogram() -> Histogram:
    bins = tuple(Bin(start, count, "f-cold") for start, count in ((0, 100), (10, 25), (20, 4), (30, 0)))
    return Histogram("h", "Scores", bins, (Threshold("Warm from", 10, "warm"), Threshold("Hot from", 20)), unit="pt")


def test_a_histogram_counts_between_its_thresholds() -> None:
    assert histogram().description == "100 below 10, 25 below 20, 4 from 20 on."


def test_a_histogram_is_drawn_by_square_root() -> None:
    assert [bar["height"] for bar in histogram().bars] == [110.0, 55.0, 22.0, 0.0]
    assert [cut["x"] for cut in histogram().cuts] == [150.0, 300.0]


def test_only_a_threshold_with_a_field_can_be_moved() -> None:
    html = render_to_string("components/charts/histogram.html", {"chart": histogram()})
    assert html.count('role="slider"') == 1
    assert 'data-input="warm"' in html


def matrix(*places: tuple[float, float]) -> Matrix:
    points = tuple(MatrixPoint(n, f"T{n}", quality, importance) for n, (quality, importance) in enumerate(places, 1))
    return Matrix("m", "Matrix", points, "Importance", "Quality")


def test_the_matrix_names_what_to_fix_first() -> None:
    assert matrix((2, 5), (4, 5), (1, 2)).description == "To fix first: T1."
    assert matrix((4, 5)).description == "No important touchpoint has a low quality."


def test_dots_on_one_spot_do_not_cover_one_another() -> None:
    placed = matrix(*[(2, 5)] * 7, *[(2.5, 5)] * 4).placed
    distances = [hypot(one.x - other.x, one.y - other.y) for one, other in combinations(placed, 2)]
    assert min(distances) > 23
    assert all(12 <= spot.x <= 388 and 40 <= spot.y <= 360 for spot in placed)


def test_a_lone_dot_stands_where_its_values_say() -> None:
    spot = matrix((3, 3)).placed[0]
    assert (round(spot.x / 2), round(spot.y / 2)) == (100, 100)
    assert spot.title == "T1: importance 3, quality 3"


def test_the_area_of_a_dot_grows_with_what_it_stands_for_and_none_covers_another() -> None:
    points = tuple(MatrixPoint(n, f"T{n}", 3, 3, weight=weight) for n, weight in enumerate((0, 50, 100, 100), 1))
    placed = Matrix("m", "Matrix", points).placed
    assert [spot.radius for spot in placed] == [13, 19.3, 24, 24]
    for one, other in combinations(placed, 2):
        assert hypot(one.x - other.x, one.y - other.y) > one.radius + other.radius


def test_an_arrow_leads_from_where_a_dot_was_to_its_edge() -> None:
    group = MatrixGroup(2, "E-mail")
    points = (
        MatrixPoint(1, "Up", 3, 4, group=group, before=(3, 2)),
        MatrixPoint(2, "Stays", 2, 4, before=(2, 4)),
        MatrixPoint(3, "New", 4, 4),
    )
    chart = Matrix("m", "Matrix", points, group_label="Channel", before_label="a year ago")
    up, stays, new = chart.placed
    assert up.was == (200.0, 300.0)
    # From the ring upwards to 15 below the dot at (200, 100).
    assert up.arrow.startswith("M200.0 295.0L200.0 115.0M")
    assert (stays.was, stays.arrow, new.was) == (None, "", None)
    assert up.title == "Up: importance 4, quality 3, E-mail, a year ago importance 2, quality 3"
    assert chart.groups == [(group, "1")]
    assert chart.figures.headers == (
        *("Touchpoint", "Channel", "Importance", "Quality"),
        *("Importance (a year ago)", "Quality (a year ago)"),
    )
    assert chart.figures.rows[2] == ("3. New", "–", "4", "4", "–", "–")


def test_the_square_begins_hot_at_sixty_percent() -> None:
    square = Square("s", SquarePoint(82, 42), Scale(warm_from=12, hot_from=30, minimum_fit=50), (SquarePoint(38, 2),))
    assert (square.zone_x, square.hot_y, square.warm_y) == (50.0, 40.0, 76.0)
    assert square.dot == {"x": 82.0, "y": 16.0, "tier": "hot"}
    assert square.trail_path == "M38.0 96.0L82.0 16.0"
    assert square.description == "Fit 82 out of 100, intent 42\u202fpts; hot from 30\u202fpts on and a fit of 50."


class Standing:
    tier, fit, intent, total = 2, 88.0, 64.0, 64.0


def test_the_small_square_places_fit_and_intent() -> None:
    mark = square_mark(Standing, model=Scale(12, 30, 50))
    assert (mark.x, mark.y, mark.css) == (18.6, 1.0, "f-hot")
    assert mark.label == "Fit 88, intent 64"


def test_the_small_square_without_thresholds_follows_the_tier() -> None:
    heights = [square_mark(tier, fit=50, intent=0).y for tier in (0, 1, 2)]
    assert heights == [18.2, 12.0, 4.2]


def test_charts_write_plain_numbers_whatever_the_language() -> None:
    with translation.override("fr"):
        html = render_to_string("components/charts/matrix.html", {"chart": matrix((2.5, 3.5))})
    assert 'cx="150' in html
    assert "\u202f" not in html.split("<circle")[1].split("/>")[0]


def test_figures_are_a_table_with_heads() -> None:
    chart = funnel(100, 50, 25)
    html = render_to_string("components/charts/figures.html", {"figures": chart.figures, "title": chart.title})
    assert html.count('<th scope="col"') == 3
    assert html.count('<th scope="row">') == 3
    assert '<caption class="sr">Funnel</caption>' in html
