"""Draws the medians of benchmarks/results/loader.csv: `python benchmarks/plot_loader.py [CSV] [SVG]`."""

from __future__ import annotations

import csv
import sys
from pathlib import Path
from statistics import median
from xml.sax.saxutils import escape

sys.path.insert(0, str(Path(__file__).parent))
from contenders import BOUNDS, OURS

RESULTS = Path(__file__).parent / "results"
TITLES = {
    "uniform": "Every photograph once (400 x 533, uint8 224)",
    "tail": "100:1 long tail oversampled, cache of a quarter of the images",
    "large": "12-megapixel originals",
    "shm64": "float32 batches of 38 MB, /dev/shm of 64 MB",
    "shm-free": "The same without the limit",
}
WIDTH, BAR, LABEL = 720, 16, 210
STYLE = (
    "text{font:12px system-ui,sans-serif;fill:#24292f}.t{font-weight:600}"
    ".o{fill:#1f6feb}.p{fill:#b6bec8}.b{fill:#8250df}"
    "@media(prefers-color-scheme:dark){text{fill:#e6edf3}.o{fill:#58a6ff}.p{fill:#484f58}.b{fill:#a371f7}}"
)


def main() -> None:
    """Read, draw, write."""
    source, target = (Path(given) for given in [*sys.argv[1:], *("", "")][:2])
    source = source if source.name else RESULTS / "loader.csv"
    target = target if target.name else RESULTS / "loader.svg"
    with source.open() as file:
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    parts: list[str] = []
    y = 20
    for scenario, title in TITLES.items():
        found = [row for row in rows if row["scenario"] == scenario]
        if found:
            panel, y = draw(title, found, y)
            parts += panel
    target.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y}" role="img" '
        f'aria-label="Loaders compared: images per CPU-second"><style>{STYLE}</style>{"".join(parts)}</svg>\n'
    )


def draw(title: str, rows: list[dict[str, str]], y: int) -> tuple[list[str], int]:
    """One panel: bars of medians, and the words of those that fail; also where the next begins."""
    speeds: dict[str, list[float]] = {}
    said: dict[str, str] = {}
    for row in rows:
        if row["status"] == "ok":
            speeds.setdefault(row["contender"], []).append(float(row["images_per_cpu_s"]))
        else:
            said[row["contender"]] = row["status"]
    ordered = sorted(speeds, key=lambda name: -median(speeds[name]))
    largest = median(speeds[ordered[0]]) if ordered else 1.0
    parts = [f'<text class="t" x="8" y="{y}">{escape(title)}: images per CPU-second</text>']
    for name in [*ordered, *(name for name in said if name not in speeds)]:
        y += BAR + 4
        kind = "o" if name in OURS else "b" if name in BOUNDS else "p"
        parts.append(f'<text x="8" y="{y}">{escape(name)}</text>')
        if name in speeds:
            value = median(speeds[name])
            length = value / largest * (WIDTH - LABEL - 90)
            parts.append(f'<rect class="{kind}" x="{LABEL}" y="{y - 12}" width="{length:.0f}" height="{BAR}"/>')
            parts.append(f'<text x="{LABEL + length + 6:.0f}" y="{y}">{value:,.0f}</text>')
        else:
            parts.append(f'<text x="{LABEL}" y="{y}">{escape(said[name][:80])}</text>')
    return parts, y + 36


if __name__ == "__main__":
    main()
