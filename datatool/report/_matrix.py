"""A confusion matrix as a table: rows are true classes, columns predicted ones."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from markupsafe import Markup

from datatool.report._svg import shortened

_NAME_CHARS: Final = 24  # that fit beside a row and above a column
_SHADES: Final = 8  # of each colour, see report.css: with all of them a number can be read in both themes
_WIDE: Final = 16  # classes up to which the matrix is as wide as the page


def heat_matrix(counts: Sequence[Sequence[int]], names: Sequence[str], /, *, describe: str = "") -> Markup:
    """Counts, shaded by their share of the row: a row is a true class, a column a predicted one.

    Args:
        counts: Square; rows without a count stay empty.
        names: One for each class.
        describe: For those who cannot see it.
    """
    column = Markup('<th scope="col" title="{}"><span>{}</span></th>')
    heads = Markup("").join(column.format(name, shortened(name, _NAME_CHARS)) for name in names)
    body = Markup("").join(_row(number, values, names) for number, values in enumerate(counts))
    said = describe or f"confusion of {len(names)} classes: rows are true classes, columns predicted ones"
    return Markup(
        '<div class="scroll" tabindex="0" role="region" aria-label="confusion"><table class="matrix{}">'
        '<caption class="unseen">{}</caption><thead><tr><th scope="col" class="corner">true \\ predicted</th>{}</tr>'
        "</thead><tbody>{}</tbody></table></div>"
    ).format(" wide" if len(names) <= _WIDE else "", said, heads, body)


def _row(number: int, values: Sequence[int], names: Sequence[str]) -> Markup:
    total = sum(values)
    cells = [_cell(number, column, count, total, names) for column, count in enumerate(values)]
    name = names[number]
    return Markup('<tr><th scope="row" title="{}">{}</th>{}</tr>').format(
        name, shortened(name, _NAME_CHARS), Markup("").join(cells)
    )


def _cell(row: int, column: int, count: int, total: int, names: Sequence[str]) -> Markup:
    if not count:
        return Markup("<td></td>")
    share = count / total
    kind, shade = "hit" if row == column else "miss", max(1, math.ceil(_SHADES * share - 1e-9))
    return Markup('<td class="{}{}" title="{} taken for {}: {:,} ({:.0%})">{:,}</td>').format(
        kind, shade, names[row], names[column], count, share, count
    )
