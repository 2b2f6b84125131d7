"""Draws docs/balance/*.svg and fills the tables of docs/balance.md from the arithmetic itself; part of `make docs`.

A strategy says in its own file what its line and its pictures show. A test fails on a stale one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from datatool.samplers import (
    STRATEGIES,
    WEIGHTS,
    Counts,
    Modifiers,
    allocate,
    normalise_weights,
    parse_strategy,
    parse_weights,
)

FOLDER: Final = Path(__file__).resolve().parent / "balance"
PAGE: Final = Path(__file__).resolve().parent / "balance.md"
ROWS: Final = (600, 388, 252, 163, 105, 68, 44, 29, 19, 12)  # ten real classes of clothing, cut 50:1
LIMITS: Final = {"max-repeat": "oversample --max-repeat 10"}
SHOWN_WEIGHTS: Final = ("none", "sqrt", "inverse", "effective:0.99")

_WIDTH, _HEIGHT, _LEFT, _TOP, _BOTTOM = 420, 190, 44, 30, 34
_STYLE = (
    "text{font:12px system-ui,sans-serif;fill:#24292f}.t{font-weight:600}.s{font-size:10px;fill:#57606a}"
    ".a{fill:#b6bec8}.b{fill:#1f6feb}.g{stroke:#d8dee4}"
    "@media(prefers-color-scheme:dark){text{fill:#e6edf3}.s{fill:#9198a1}.a{fill:#484f58}.b{fill:#58a6ff}.g{stroke:#30363d}}"
)


def pictures() -> dict[str, str]:
    """File stem -> SVG."""
    counts = Counts(label=np.arange(len(ROWS)), source=("real",) * len(ROWS), num_rows=np.array(ROWS))
    made = {
        stem: _strategy(counts, text)
        for shown in (*(kind.pictures for kind in STRATEGIES.values()), LIMITS)
        for stem, text in shown.items()
    }
    made["weights"] = _weights(counts)
    return made


def filled(page: str, /) -> str:
    """The text of docs/balance.md with its tables as the strategies and weights give them."""
    strategies = [f"| `{kind.usage}` | {kind.rule} | {_shown(kind.pictures)} |" for kind in STRATEGIES.values()]
    weights = [f"| `{kind.usage}` | {kind.rule} |" for kind in WEIGHTS.values()]
    return _between("weights", weights, _between("strategies", strategies, page))


def _shown(pictures: Mapping[str, str]) -> str:
    return " ".join(f"![{text}](balance/{stem}.svg)" for stem, text in pictures.items())


def _between(name: str, lines: Iterable[str], page: str) -> str:
    """Put lines between the table head behind the mark ``name`` and the end of the mark."""
    pattern = rf"(<!-- {name}: [^\n]*-->\n(?:[^\n]*\n){{2}}).*?(<!-- end -->)"
    text = "".join(f"{line}\n" for line in lines)
    return re.sub(pattern, lambda match: match[1] + text + match[2], page, flags=re.DOTALL)


def _strategy(counts: Counts, text: str) -> str:
    name, *option = text.split(" ")
    options = dict(zip(option[::2], option[1::2], strict=True))
    repeat = options.get("--max-repeat")
    strategy = parse_strategy(name, target=options.get("--target"))
    made = allocate(counts, strategy, Modifiers(max_repeat=None if repeat is None else int(repeat)))
    if made.last is None:
        title = f"{text}: {made.epoch_size:,} draws"
        return _bars(title, [("rows", counts.class_rows), ("draws per epoch", made.quota.astype(np.float64))])
    last = made.epochs - 1
    epochs = [
        (f"epoch {epoch}", made.ideal + epoch / last * (made.last - made.ideal)) for epoch in (0, last // 2, last)
    ]
    return _bars(f"{text}: epochs 0, {last // 2} and {last}", epochs)


def _weights(counts: Counts) -> str:
    quota = counts.num_rows
    series = [
        (name, normalise_weights(parse_weights(name)(counts.class_rows), quota) * quota / counts.total * 100)
        for name in SHOWN_WEIGHTS
    ]
    return _bars("weights under natural: share of the loss, %", series)


def _bars(title: str, series: list[tuple[str, NDArray[np.float64]]]) -> str:
    top = max(values.max() for _, values in series)
    floor = _HEIGHT - _BOTTOM
    slot = (_WIDTH - _LEFT - 8) / len(ROWS)
    width = (slot - 6) / len(series)
    parts = [f'<text class="t" x="{_LEFT}" y="16">{title}</text>']
    for share in (0.5, 1.0):
        y = floor - share * (floor - _TOP)
        parts.append(f'<line class="g" x1="{_LEFT}" x2="{_WIDTH - 8}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text class="s" x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{share * top:,.0f}</text>')
    for number, (name, values) in enumerate(series):
        shade = 1 - number / max(len(series) - 1, 1)
        style = 'class="a"' if number == 0 else f'class="b" opacity="{1 - 0.55 * shade:.2f}"'
        for klass, value in enumerate(values.tolist()):
            height = value / top * (floor - _TOP)
            x = _LEFT + klass * slot + 3 + number * width
            parts.append(
                f'<rect {style} x="{x:.1f}" y="{floor - height:.1f}" width="{width:.1f}" height="{height:.1f}">'
                f"<title>class {klass}, {name}: {value:,.4g}</title></rect>"
            )
    parts += [
        f'<text class="s" x="{_LEFT + (klass + 0.5) * slot:.1f}" y="{floor + 14}" text-anchor="middle">{klass}</text>'
        for klass in range(len(ROWS))
    ]
    names = ", ".join(name for name, _ in series)
    parts.append(f'<text class="s" x="{_LEFT}" y="{_HEIGHT - 4}">bars of each class, left to right: {names}</text>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" height="{_HEIGHT}" '
        f'role="img" aria-label="{title}"><style>{_STYLE}</style>{"".join(parts)}</svg>\n'
    )


def main() -> None:
    """Write every picture and table anew."""
    FOLDER.mkdir(exist_ok=True)
    for stem, svg in pictures().items():
        (FOLDER / f"{stem}.svg").write_text(svg, encoding="utf-8")
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
