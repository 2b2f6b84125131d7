"""Charts: what is drawn, and that text from the data stays text."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datatool.report import BarRow, Series, bar_chart, gap_strip, line_chart, thumbnail
from datatool.report._scale import Scale, around

SVG = "{http://www.w3.org/2000/svg}"


def picture(html: str) -> ET.Element:
    return ET.fromstring(html[html.index("<svg") :])


def test_bars_are_as_long_as_their_logarithm() -> None:
    rows = [BarRow(label=name, values={"real": value}) for name, value in (("a", 1), ("b", 10), ("c", 100))]
    root = picture(bar_chart(rows, series=["real"], x_label="images", log=True))
    widths = [float(bar.attrib["width"]) for bar in root.iter(f"{SVG}rect")]
    assert widths[2] - widths[1] == pytest.approx(widths[1] - widths[0], abs=0.3)


def test_a_series_without_rows_has_no_bar() -> None:
    root = picture(
        bar_chart([BarRow(label="a", values={"real": 3, "synthetic": 0})], series=["real", "synthetic"], x_label="n")
    )
    assert len(list(root.iter(f"{SVG}rect"))) == 1


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


def test_a_gap_of_one_id_among_a_million_can_be_seen() -> None:
    marks = [
        mark
        for mark in picture(gap_strip([(5, 5)], class_num=1_000_000)).iter(f"{SVG}rect")
        if mark.attrib["class"] == "missing"
    ]
    assert [float(mark.attrib["width"]) >= 1 for mark in marks] == [True]


@given(st.integers(1, 3000), st.lists(st.integers(0, 2999), max_size=40))
def test_every_missing_id_is_marked_and_full_bins_are_opaque(class_num: int, starts: list[int]) -> None:
    missing = sorted({start for start in starts if start < class_num})
    root = picture(gap_strip([(one, one) for one in missing], class_num=class_num))
    marks = [mark.attrib for mark in root.iter(f"{SVG}rect") if mark.attrib["class"] == "missing"]
    spans = [(float(mark["x"]), float(mark["x"]) + float(mark["width"])) for mark in marks]
    for one in missing:
        middle = 8 + 624 * (one + 0.5) / class_num
        assert any(start - 0.02 <= middle <= stop + 0.02 for start, stop in spans)
    assert bool(marks) == bool(missing)
    if class_num <= 312:
        assert {mark["fill-opacity"] for mark in marks} <= {"1.00"}


@given(st.lists(st.just(0.0) | st.floats(1e-6, 1e12), min_size=1, max_size=20), st.booleans())
def test_every_value_and_every_tick_stands_inside_the_picture(values: list[float], log: bool) -> None:
    scale = around(values, start=10, end=90, log=log)
    shown = [*values, *scale.ticks()] if not log else scale.ticks()
    assert all(9.999 <= scale(value) <= 90.001 for value in shown)
    assert 1 <= len(scale.ticks()) <= 12 or log


def test_a_log_axis_of_one_value_still_has_a_tick() -> None:
    assert Scale(low=3, high=7, start=0, end=1, log=True).ticks() == [5]


def test_bytes_that_no_decoder_reads_have_no_thumbnail() -> None:
    assert thumbnail(b"") is None
    assert thumbnail(b"\xff\xd8 not a jpeg") is None
    assert thumbnail(b"<html>") is None
