"""Draws benchmarks/results/shards.csv, and prints it as the table of the docs: `plot_shards.py [CSV] [SVG]`."""

from __future__ import annotations

import csv
import sys
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

sys.path.insert(0, str(Path(__file__).parent))
from plot_loader import BAR, RESULTS, STYLE, WIDTH

LABEL: Final = 240
ORDER: Final = ("datatool", "MosaicML", "LitData", "WebDataset")
PANELS: Final = {
    "largest_deviation": "Class counts: largest difference from the quota of 600 draws, of two epochs",
    "unseen": "Photographs of 1,680 that an epoch does not show",
    "kb_per_draw_1": "kB asked of the bucket for each draw, second epoch",
    "images_per_cpu_s": "Images per CPU-second, decoded and cut to 224 pixels",
}


def main() -> None:
    """Read, draw, write."""
    source, target = (Path(given) for given in [*sys.argv[1:], *("", "")][:2])
    source = source if source.name else RESULTS / "shards.csv"
    target = target if target.name else RESULTS / "shards.svg"
    rows = read(source)
    print("\n".join(table(rows)))
    parts: list[str] = []
    y = 20
    for column, title in PANELS.items():
        panel, y = draw(title, {row["loader"]: float(row[column]) for row in rows}, y)
        parts += panel
    target.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y}" role="img" '
        f'aria-label="Loaders of shards compared"><style>{STYLE}</style>{"".join(parts)}</svg>\n'
    )


def read(file: Path) -> list[dict[str, str]]:
    """The rows of the results, in the order of the table."""
    with file.open(newline="") as stream:
        rows = [{**row, "unseen": str(int(row["rows"]) - int(row["seen"]))} for row in csv.DictReader(stream)]
    return sorted(rows, key=lambda row: ORDER.index(row["loader"].partition(",")[0].partition(" ")[0]))


def table(rows: list[dict[str, str]]) -> list[str]:
    """In Markdown."""
    head = (
        "| loader | counts off by, of 600 | photographs seen | uses of each of the smallest class "
        "| GETs a draw, epochs 1, 2 | kB a draw | images per CPU-s | resumed by one process | by two |"
    )
    return [head, "|---|---|---|---|---|---|---|---|---|", *map(_line, rows)]


def _line(row: dict[str, str]) -> str:
    uses = " to ".join(dict.fromkeys((row["least_uses_of_smallest"], row["most_uses_of_smallest"])))
    gets, kilobytes = (
        ", ".join(f"{float(row[f'{name}_per_draw_{epoch}']):.{digits}f}" for epoch in range(2))
        for name, digits in (("gets", 3), ("kb", 1))
    )
    cells = (
        row["loader"],
        row["largest_deviation"],
        f"{row['seen']} of {row['rows']}",
        uses,
        gets,
        kilobytes,
        f"{float(row['images_per_cpu_s']):.0f}",
        row["resumed"],
        row["resumed_by_two"],
    )
    return f"| {' | '.join(cells)} |"


def draw(title: str, values: dict[str, float], y: int) -> tuple[list[str], int]:
    """One panel of bars, in the order of the table; also where the next begins."""
    largest = max(*values.values(), 1e-9)
    parts = [f'<text class="t" x="8" y="{y}">{escape(title)}</text>']
    for name, value in values.items():
        y += BAR + 4
        length = value / largest * (WIDTH - LABEL - 90)
        kind = "o" if name.startswith("datatool") else "p"
        said = f"{value:,.0f}" if value >= 10 or value == round(value) else f"{value:.1f}"
        parts.append(f'<text x="8" y="{y}">{escape(name)}</text>')
        parts.append(f'<rect class="{kind}" x="{LABEL}" y="{y - 12}" width="{length:.0f}" height="{BAR}"/>')
        parts.append(f'<text x="{LABEL + length + 6:.0f}" y="{y}">{said}</text>')
    return parts, y + 36


if __name__ == "__main__":
    main()
