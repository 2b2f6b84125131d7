"""Charts: what is drawn, and that text from the data stays text."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datatool.report import (
    BarRow,
    Series,
    bar_chart,
    gap_strip,
    heat_matrix,
    interval_chart,
    line_chart,
    thumbnail,
)
from datatool.report._scale import Scale, around


def picture(html: str) -> ET.Element:
    return ET.fromstring(f"<div>{html}</div>")


def share(text: str) -> float:
    """Of an attribute in percent."""
    assert text.endswith("%")
    return float(text[:-1]) / 100


def test_bars_are_as_long_as_their_values() -> None:
    rows = [BarRow(label=name, values={"real": value}) for name, value in (("a", 10), ("b", 50), ("c", 100))]
    root = picture(bar_chart(rows, series=["real"], x_label="images"))
    assert [share(bar.attrib["width"]) for bar in root.iter("rect")] == [0.1, 0.5, 1.0]
    assert [cell.text for cell in root.iter("td") if cell.attrib["class"] == "number"] == ["10", "50", "100"]


def test_the_smallest_of_bars_can_still_be_seen() -> None:
    rows = [BarRow(label=name, values={"real": value}) for name, value in (("a", 1), ("b", 10**9))]
    widths = [share(bar.attrib["width"]) for bar in picture(bar_chart(rows, series=["real"], x_label="n")).iter("rect")]
    assert widths[0] >= 0.003


def test_a_series_without_rows_has_no_bar() -> None:
    root = picture(
        bar_chart([BarRow(label="a", values={"real": 3, "synthetic": 0})], series=["real", "synthetic"], x_label="n")
    )
    assert len(list(root.iter("rect"))) == 1


def test_two_series_have_a_legend_and_one_has_none() -> None:
    one = Series(label="first", points=[(0, 0), (1, 1)])
    two = Series(label="second", points=[(0, 1), (1, 0)], slot=2)
    assert "legend" not in line_chart([one], x_label="x", y_label="y")
    assert "legend" in line_chart([one, two], x_label="x", y_label="y")


def test_names_are_text_and_never_markup() -> None:
    nasty = "<script>alert(1)</script>"
    drawn = [
        bar_chart([BarRow(label=nasty, values={nasty: 1})], series=[nasty, "b"], x_label=nasty),
        line_chart([Series(label=nasty, points=[(0, 0)])] * 2, x_label=nasty, y_label=nasty),
    ]
    assert all("<script" not in html for html in drawn)


@pytest.mark.parametrize("missing", [5, 500_000, 999_998])
def test_a_gap_of_one_id_among_a_million_can_be_seen(missing: int) -> None:
    marks = [
        mark
        for mark in picture(gap_strip([(missing, missing)], class_num=1_000_000)).iter("rect")
        if mark.attrib["class"] == "missing"
    ]
    assert [share(mark.attrib["width"]) >= 1 / 200 for mark in marks] == [True]


@given(st.integers(1, 3000), st.lists(st.integers(0, 2999), max_size=40))
def test_every_missing_id_is_marked_and_full_bins_are_opaque(class_num: int, starts: list[int]) -> None:
    missing = sorted({start for start in starts if start < class_num})
    root = picture(gap_strip([(one, one) for one in missing], class_num=class_num))
    marks = [mark.attrib for mark in root.iter("rect") if mark.attrib["class"] == "missing"]
    spans = [(share(mark["x"]), share(mark["x"]) + share(mark["width"])) for mark in marks]
    for one in missing:
        middle = (one + 0.5) / class_num
        assert any(start - 0.0001 <= middle <= stop + 0.0001 for start, stop in spans)
    assert bool(marks) == bool(missing)
    if class_num <= 150:
        assert {mark["fill-opacity"] for mark in marks} <= {"1.00"}


@given(st.lists(st.just(0.0) | st.floats(1e-6, 1e12), min_size=1, max_size=20), st.booleans(), st.booleans())
def test_every_value_and_every_tick_stands_inside_the_picture(values: list[float], log: bool, whole: bool) -> None:
    scale = around(values, start=10, end=90, log=log, whole=whole)
    if not log:
        assert scale.low <= min(values)
        assert scale.high >= max(values) * (1 - 1e-12)
    shown = [*values, *scale.ticks()] if not log else scale.ticks()
    assert all(9.999 <= scale(value) <= 90.001 for value in shown)
    assert 1 <= len(scale.ticks()) <= 12 or log


def test_a_log_axis_of_one_value_still_has_a_tick() -> None:
    assert Scale(low=3, high=7, start=0, end=1, log=True).ticks() == [5]


def test_bytes_that_no_decoder_reads_have_no_thumbnail() -> None:
    assert thumbnail(b"") is None
    assert thumbnail(b"\xff\xd8 not a jpeg") is None
    assert thumbnail(b"<html>") is None


@given(st.lists(st.tuples(st.floats(-1e3, 1e3), st.floats(-1e6, 1e6)), min_size=1, max_size=20))
def test_every_point_of_a_line_is_on_its_axes(points: list[tuple[float, float]]) -> None:
    root = picture(line_chart([Series(label="a", points=points)], x_label="x", y_label="y"))
    dots = [(share(dot.attrib["cx"]), float(dot.attrib["cy"])) for dot in root.iter("circle")]
    assert len(dots) == len(points)
    assert all(-1e-6 <= x <= 1 + 1e-6 and 7.9 <= y <= 248.1 for x, y in dots)


def test_a_matrix_names_rows_and_columns_and_shades_by_share_of_the_row() -> None:
    root = picture(heat_matrix([[9, 1], [0, 0]], ["cat", "dog"]))
    heads = ["".join(head.itertext()) for head in root.iter("th")]
    assert heads == ["true \\ predicted", "cat", "dog", "cat", "dog"]
    cells = [(cell.attrib.get("class"), cell.text) for cell in root.iter("td")]
    assert cells == [("hit8", "9"), ("miss1", "1"), (None, None), (None, None)]


def test_intervals_stand_on_the_axis_that_was_asked_for() -> None:
    root = picture(interval_chart([("a", 0.5, 0.25, 0.75)], x_label="recall", signed=False, limits=(0.0, 1.0)))
    (span,) = [line for line in root.iter("line") if "span" in line.attrib["class"]]
    assert (share(span.attrib["x1"]), share(span.attrib["x2"])) == (0.25, 0.75)
    assert "0.500" in "".join(root.itertext())
