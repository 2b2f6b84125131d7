"""What every picture shares: percentages, text on an axis, and the legend. Colours are classes: both themes apply.

A picture is as wide as its page. Along x everything stands at percentages, along y at pixels, and nothing is scaled:
text has one size at any width, which a `viewBox` would shrink on a telephone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from markupsafe import Markup

_EDGE: Final = 0.06  # share of the width within which a text would hang over the end of its axis


def svg(body: Markup, /, *, height: float, describe: str) -> Markup:
    """A picture as wide as its place, with a text for those who cannot see it."""
    return Markup('<svg class="chart" width="100%" height="{:g}" role="img" aria-label="{}">{}</svg>').format(
        height, describe, body
    )


def percent(share: float, /) -> str:
    """A share of the width, as an attribute.

    >>> percent(0.123456)
    '12.346%'
    """
    return f"{100 * share:.3f}".rstrip("0").rstrip(".") + "%"


def text_at(share: float, y: float, text: str, /, *, kind: str = "tick") -> Markup:
    """A text below its place on an axis; at the ends it turns inwards."""
    anchor = "start" if share < _EDGE else "end" if share > 1 - _EDGE else "middle"
    return Markup('<text class="{}" x="{}" y="{:g}" text-anchor="{}">{}</text>').format(
        kind, percent(share), y, anchor, text
    )


def legend(names: Sequence[tuple[str, int]], /) -> Markup:
    """Label and colour slot of each series, in drawing order."""
    entry = Markup('<li><span class="key b{}"></span>{}</li>')
    return Markup('<ul class="legend">{}</ul>').format(
        Markup("").join(entry.format(slot, name) for name, slot in names)
    )


def shortened(name: str, most: int, /) -> str:
    """A name that fits, with a sign where it was cut.

    >>> shortened("golden retriever", 8)
    'golden …'
    """
    return name if len(name) <= most else name[: most - 1] + "…"
