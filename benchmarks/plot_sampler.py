"""Draws benchmarks/results/sampler.csv: `python benchmarks/plot_sampler.py [CSV] [SVG]`."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape

sys.path.insert(0, str(Path(__file__).parent))
from bench_sampler import medians

RESULTS = Path(__file__).parent / "results"
PANELS = (  # quantity, title, logarithmic
    ("indices per s", "Indices per CPU-second, 1,000 classes", True),
    ("set-up s", "CPU-seconds before the first batch", True),
    ("worst class %", "Draws of the worst class, % off its aim", False),
    ("worst batch", "Draws of the worst class in a batch, off ideal", False),
    ("unseen %", "Images left out though there was room, %", False),
)
WIDTH, BAR, LABEL = 640, 16, 220
STYLE = (
    "text{font:12px system-ui,sans-serif;fill:#24292f}.t{font-weight:600}.o{fill:#1f6feb}.p{fill:#b6bec8}"
    "@media(prefers-color-scheme:dark){text{fill:#e6edf3}.o{fill:#58a6ff}.p{fill:#484f58}}"
)


def main() -> None:
    source, target = (Path(a) for a in [*sys.argv[1:], *("", "")][:2])
    source = source if source.name else RESULTS / "sampler.csv"
    target = target if target.name else RESULTS / "sampler.svg"
    found = medians(source)
    parts, y = [], 20
    for quantity, title, log in PANELS:
        rows = [
            (key[1], value)
            for key, value in found.items()
            if key[0] == "epoch" and key[2] == "1000" and key[5] == quantity
        ]
        panel, height = draw(title, rows, y, log=log)
        parts += panel
        y += height
    target.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y}" role="img" '
        f'aria-label="Balanced samplers compared"><style>{STYLE}</style>{"".join(parts)}</svg>\n'
    )


def draw(title: str, rows: Sequence[tuple[str, float]], y: int, *, log: bool) -> tuple[list[str], int]:
    """Bars of one quantity, and the height they take."""
    parts = [f'<text class="t" x="8" y="{y}">{escape(title)}</text>']
    largest = max((value for _, value in rows), default=1.0) or 1.0
    smallest = min((value for _, value in rows if value > 0), default=1.0) / 2
    for number, (name, value) in enumerate(rows):
        share = value / largest
        if log:
            share = math.log(max(value, smallest) / smallest) / math.log(largest / smallest)
        top = y + 8 + number * (BAR + 4)
        length = max(1.0, share * (WIDTH - LABEL - 90))
        style = "o" if name == "datatool" else "p"
        parts.append(
            f'<text x="{LABEL - 8}" y="{top + 12}" text-anchor="end">{escape(name)}</text>'
            f'<rect class="{style}" x="{LABEL}" y="{top}" width="{length:.1f}" height="{BAR}"/>'
            f'<text x="{LABEL + length + 6:.1f}" y="{top + 12}">{value:,.3g}</text>'
        )
    return parts, 44 + len(rows) * (BAR + 4)


if __name__ == "__main__":
    main()
