"""Horizontal bars: a table whose cells hold a bar and its number, so that it can be read without being seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from datatool.report._svg import legend, percent, shortened

_NAME_CHARS: Final = 60  # of a category; narrow pages break it into lines
COLUMNS: Final = Markup('<colgroup><col class="category"/><col/><col class="figure"/></colgroup>')
_LEAST: Final = 0.003  # of the width: the smallest value still shows


@dataclass(frozen=True, kw_only=True)
class BarRow:
    """A category and its value per series; absent and zero are not drawn."""

    label: str
    values: Mapping[str, float]


def bar_chart(rows: Sequence[BarRow], /, *, series: Sequence[str], x_label: str, describe: str = "") -> Markup:
    """Grouped horizontal bars, as long as their values, with the value at the end of each.

    Args:
        rows: From top to bottom.
        series: Names in drawing order; the n-th gets colour slot n.
        x_label: What the values are, with their unit.
        describe: What the picture shows, for those who cannot see it.
    """
    largest = max((value for row in rows for value in row.values.values()), default=0) or 1
    several = len(series) > 1
    body = Markup("").join(_group(row, series, largest, several=several) for row in rows)
    head = Markup('<thead><tr><th scope="col"><span class="unseen">category</span></th>{}</tr></thead>').format(
        Markup('<th scope="col" colspan="2">{}</th>').format(x_label)
    )
    table = Markup('<table class="bars"><caption class="unseen">{}</caption>{}{}<tbody>{}</tbody></table>').format(
        describe or f"{x_label} per category", COLUMNS, head, body
    )
    return (legend([(name, slot) for slot, name in enumerate(series, 1)]) if several else Markup("")) + table


def _group(row: BarRow, series: Sequence[str], largest: float, *, several: bool) -> Markup:
    drawn = [(slot, name, row.values.get(name, 0)) for slot, name in enumerate(series, 1)]
    drawn = [one for one in drawn if one[2] > 0] or [(1, series[0], 0)]
    name = Markup('<th scope="row" rowspan="{}" title="{}"><span class="clamp">{}</span></th>').format(
        len(drawn), row.label, shortened(row.label, _NAME_CHARS)
    )
    lines = [_bar(slot, label, value, largest, several=several) for slot, label, value in drawn]
    return Markup('<tr class="first">{}{}</tr>').format(name, lines[0]) + Markup("").join(
        Markup("<tr>{}</tr>").format(line) for line in lines[1:]
    )


def _bar(slot: int, label: str, value: float, largest: float, *, several: bool) -> Markup:
    said = Markup('<span class="unseen">{} </span>').format(label) if several else Markup("")
    width = max(value / largest, _LEAST) if value > 0 else 0
    return Markup(
        '<td class="bar"><svg width="100%" height="12" aria-hidden="true">'
        '<rect class="f{}" width="{}" height="12" rx="2"/></svg></td><td class="number">{}{:,.0f}</td>'
    ).format(slot, percent(width), said, value)
