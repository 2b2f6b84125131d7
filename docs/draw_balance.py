"""Draws docs/balance/*.svg from the arithmetic itself: `python docs/draw_balance.py`; a test fails on a stale one."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from datatool.samplers import Counts, Modifiers, allocate, normalise_weights, parse_strategy, parse_weights

FOLDER: Final = Path(__file__).resolve().parent / "balance"
ROWS: Final = (600, 388, 252, 163, 105, 68, 44, 29, 19, 12)  # ten real classes of clothing, cut 50:1
STRATEGIES: Final = {
    "natural": "natural",
    "oversample": "oversample",
    "oversample-median": "oversample --target median",
    "undersample": "undersample",
    "sqrt": "sqrt",
    "power": "power:0.2",
    "effective": "effective:0.99",
    "repeat-factor": "repeat-factor:0.05",
    "max-repeat": "oversample --max-repeat 10",
}
WEIGHTS: Final = ("none", "sqrt", "inverse", "effective:0.99")
EPOCHS: Final = 5  # of the progressive picture

_WIDTH, _HEIGHT, _LEFT, _TOP, _BOTTOM = 420, 190, 44, 30, 34
_STYLE = (
    "text{font:12px system-ui,sans-serif;fill:#24292f}.t{font-weight:600}.s{font-size:10px;fill:#57606a}"
    ".a{fill:#b6bec8}.b{fill:#1f6feb}.g{stroke:#d8dee4}"
    "@media(prefers-color-scheme:dark){text{fill:#e6edf3}.s{fill:#9198a1}.a{fill:#484f58}.b{fill:#58a6ff}.g{stroke:#30363d}}"
)


def pictures() -> dict[str, str]:
    """File stem -> SVG."""
    counts = Counts(label=np.arange(len(ROWS)), source=("real",) * len(ROWS), num_rows=np.array(ROWS))
    made = {stem: _strategy(counts, text) for stem, text in STRATEGIES.items()}
    made["progressive"] = _progressive(counts)
    made["weights"] = _weights(counts)
    return made


def _strategy(counts: Counts, text: str) -> str:
    name, _, option = text.partition(" --")
    repeat = int(option.split()[1]) if option.startswith("max-repeat") else None
    target = "median" if option.startswith("target") else None
    made = allocate(counts, parse_strategy(name, target=target), Modifiers(max_repeat=repeat))  # type: ignore[arg-type]
    title = f"{text}: {made.epoch_size:,} draws"
    return _bars(title, [("rows", counts.class_rows), ("draws per epoch", made.quota.astype(np.float64))])


def _progressive(counts: Counts) -> str:
    made = allocate(counts, parse_strategy(f"progressive:{EPOCHS}"))
    assert made.last is not None
    epochs = [
        (f"epoch {epoch}", made.ideal + epoch / (EPOCHS - 1) * (made.last - made.ideal)) for epoch in (0, 2, EPOCHS - 1)
    ]
    return _bars(f"progressive:{EPOCHS}: epochs 0, 2 and {EPOCHS - 1}", epochs)


def _weights(counts: Counts) -> str:
    quota = counts.num_rows
    series = [
        (name, normalise_weights(parse_weights(name)(counts.class_rows), quota) * quota / counts.total * 100)
        for name in WEIGHTS
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
    """Write every picture anew."""
    FOLDER.mkdir(exist_ok=True)
    for stem, svg in pictures().items():
        (FOLDER / f"{stem}.svg").write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    main()
