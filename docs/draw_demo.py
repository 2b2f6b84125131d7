"""Draws docs/images/*.svg, the pictures of the README, from a demo: `python docs/draw_demo.py demo-out`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from datatool.schemas import DemoClass, DemoDocument

FOLDER: Final = Path(__file__).resolve().parent / "images"

_WIDTH, _ROW, _LEFT, _TOP, _BAR = 640, 30, 60, 44, 10
_STYLE: Final = (
    "text{font:13px system-ui,sans-serif;fill:#24292f}.t{font-weight:600}.s{font-size:12px;fill:#57606a}"
    ".a{fill:#b6bec8}.b{fill:#1f6feb}"
    "@media(prefers-color-scheme:dark){text{fill:#e6edf3}.s{fill:#9198a1}.a{fill:#59636e}.b{fill:#58a6ff}}"
)


def pictures(document: DemoDocument, /) -> dict[str, str]:
    """File stem -> SVG."""
    classes = document.classes
    most = max(map(_rows, classes))
    return {
        "draws": _bars(
            "Draws per epoch of each class",
            ("natural draws", "balanced draws"),
            [(one.name, _rows(one), most) for one in classes],
            unit="",
        ),
        "recall": _bars(
            "Recall on real test digits",
            ("natural draws", "balanced draws"),
            [(one.name, 100 * one.recall_natural, 100 * one.recall_balanced) for one in classes],
            unit=" %",
        ),
    }


def _rows(one: DemoClass) -> int:
    return one.real + one.synthetic


def _bars(title: str, names: tuple[str, str], rows: Sequence[tuple[str, float, float]], *, unit: str) -> str:
    """Two bars for each class, the most frequent class first."""
    largest = max(max(pair) for _, *pair in rows)
    room = _WIDTH - _LEFT - 70
    parts = [f'<text class="t" x="4" y="18">{title}</text>']
    for slot, name, x in (("a", names[0], 250), ("b", names[1], 480)):
        parts.append(
            f'<rect class="{slot}" x="{x}" y="8" width="12" height="12"/><text x="{x + 17}" y="18">{name}</text>'
        )
    for number, (label, *pair) in enumerate(rows):
        y = _TOP + number * _ROW
        parts.append(f'<text x="{_LEFT - 6}" y="{y + 14}" text-anchor="end">{label}</text>')
        for slot, value, top in (("a", pair[0], y), ("b", pair[1], y + _BAR + 1)):
            width = room * value / largest
            parts.append(f'<rect class="{slot}" x="{_LEFT}" y="{top}" width="{width:.1f}" height="{_BAR}" rx="1"/>')
            parts.append(f'<text class="s" x="{_LEFT + width + 4:.1f}" y="{top + 10}">{value:.0f}{unit}</text>')
    height = _TOP + len(rows) * _ROW
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{title}">'
    return f"{head}<style>{_STYLE}</style>{''.join(parts)}</svg>\n"


if __name__ == "__main__":
    found = DemoDocument.model_validate_json(Path(sys.argv[1], "demo.json").read_bytes())
    FOLDER.mkdir(exist_ok=True)
    for stem, svg in pictures(found).items():
        (FOLDER / f"{stem}.svg").write_text(svg, encoding="utf-8")
