"""What every picture shares: the frame and the legend. Colours are classes, so that both themes apply."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup


def svg(body: Markup, /, *, width: float, height: float, describe: str) -> Markup:
    """A scalable picture with a text for those who cannot see it."""
    return Markup(
        '<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}" xmlns="http://www.w3.org/2000/svg">{}</svg>'
    ).format(width, height, describe, body)


def legend(names: Sequence[tuple[str, int]], /) -> Markup:
    """Label and colour slot of each series, in drawing order."""
    entry = Markup('<li><span class="key b{}"></span>{}</li>')
    return Markup('<ul class="legend">{}</ul>').format(
        Markup("").join(entry.format(slot, name) for name, slot in names)
    )
