"""How cost grows: audit, plan building, sampler, loader and training step, a curve and a fitted exponent each.

    python benchmarks/cost_curves.py --out benchmarks/results/cost_curves.csv --rounds 1 --most 1_000_000

CPU seconds, each point a process of its own. `cost_curves.svg` beside the CSV draws them on logarithmic axes. An
exponent is the slope of the least-squares line through log(cost) over log(size): 1 is proportional. Points at which
starting outweighs the work are measured and drawn too; the exponent is of the points from the middle one on.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from html import escape
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
from machine import write_rows

WIDTH, HEIGHT, LEFT, BOTTOM = 300, 190, 46, 34
STYLE = (
    "text{font:11px system-ui,sans-serif;fill:#24292f}.t{font-weight:600}.g{stroke:#d0d7de}.d{fill:#1f6feb}"
    ".f{stroke:#1f6feb;fill:none}@media(prefers-color-scheme:dark){text{fill:#e6edf3}.g{stroke:#30363d}}"
)


def audit(rows: int) -> float:
    """CPU seconds of `datatool audit` on a list of so many lines."""
    from bench_audit import write_list

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "labels.txt"
        write_list(path, rows, max(10, rows // 1000))
        return _program("audit", str(path), "--fail-on", "never")


def plan(rows: int) -> float:
    """CPU seconds of `datatool balance` on a list of so many lines."""
    from bench_plan import write_list

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "labels.txt"
        write_list(path, rows, max(10, rows // 1000))
        return _program("balance", str(path), "--strategy", "sqrt", "--out", str(path.with_name("a.plan")))


def _program(*arguments: str) -> float:
    command = [sys.executable, "-m", "datatool", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if status:
        raise SystemExit(f"{' '.join(arguments)} failed: {status}")
    return usage.ru_utime + usage.ru_stime


def sampler_cells(cells: int) -> float:
    """CPU seconds of a batch of 256 with so many cells, 43 rows each."""
    return _batch([43] * cells)


def sampler_rows(rows: int) -> float:
    """CPU seconds of a batch of 256 with 1,000 cells and so many rows."""
    return _batch([rows // 1000] * 1000)


def _batch(rows: Sequence[int]) -> float:
    from datatool.samplers import BalancedSampler
    from tests.helpers.memory_plans import memory_plan

    sampler = BalancedSampler(memory_plan(rows, rows=rows), batch_size=256)
    sampler.batch(0, 0)
    steps = range(1, min(len(sampler), 40))
    start = time.process_time()
    for step in steps:
        sampler.batch(0, step)
    return (time.process_time() - start) / len(steps)


def loader_one(side: int) -> float:
    """CPU seconds of an image of so many pixels a side, one thread, cut and scaled to 224."""
    return _image(side, threads=1)


def loader_two(side: int) -> float:
    """The same with two threads."""
    return _image(side, threads=2)


def _image(side: int, *, threads: int) -> float:
    from datatool import BalancedLoader
    from tests.helpers.written_plans import write_pictures, write_plan

    count = 16
    with tempfile.TemporaryDirectory() as folder:
        names = write_pictures(Path(folder) / "images", {0: count}, width=side, height=side)
        made = write_plan(Path(folder) / "a.plan", Path(folder) / "images", names)
        options: dict[str, Any] = {"batch_size": 8, "image_size": 224, "framework": "numpy", "cache": None}
        with BalancedLoader(made, num_threads=threads, **options) as loader:
            list(loader.epoch(0))
            start = time.process_time()
            shown = sum(len(batch.labels) for epoch in (1, 2) for batch in loader.epoch(epoch))
            return (time.process_time() - start) / shown


def training_step(size: int) -> float:
    """CPU seconds of the trainer's step of a ResNet-18 in float32, Paddle, batches of so many images of 64 x 64."""
    import numpy as np
    import paddle
    from bench_train import CLASSES, built

    from datatool.loader import Batch

    trainer, places = built("none"), np.arange(size)
    images, labels = paddle.randn([size, 3, 64, 64]), paddle.arange(size) % CLASSES
    batch = Batch(images=images, labels=labels, weights=paddle.ones([size]), rows=places, positions=places)
    trainer.step(batch, lr=0.01, seed=0)
    steps = range(3)
    start = time.process_time()
    for step in steps:
        trainer.step(batch, lr=0.01, seed=step)
    return (time.process_time() - start) / len(steps)


ROWS = (10_000, 30_000, 100_000, 300_000, 1_000_000, 4_000_000, 10_000_000, 40_000_000)
CURVES: dict[str, tuple[Callable[[int], float], Sequence[int], str]] = {
    "audit": (audit, ROWS, "lines"),
    "plan building": (plan, ROWS, "rows"),
    "sampler, cells": (sampler_cells, (100, 1_000, 10_000, 100_000), "cells"),
    "sampler, rows": (sampler_rows, (10_000, 100_000, 1_000_000, 10_000_000, 43_000_000), "rows"),
    "loader, 1 thread": (loader_one, (64, 128, 256, 512, 1024, 2048, 4000), "pixels a side"),
    "loader, 2 threads": (loader_two, (64, 128, 256, 512, 1024, 2048, 4000), "pixels a side"),
    "training step": (training_step, (4, 8, 16, 32), "images"),
}


def exponent(points: Sequence[tuple[float, float]], /) -> float:
    """Slope of log(cost) over log(size), least squares, from the middle point on.

    >>> round(exponent([(1, 5.0), (10, 20.0), (100, 2000.0)]), 6)
    2.0
    """
    some = [(math.log(x), math.log(y)) for x, y in points[len(points) // 2 :]]
    mean_x, mean_y = (sum(values) / len(some) for values in zip(*some, strict=True))
    return float(sum((x - mean_x) * (y - mean_y) for x, y in some) / sum((x - mean_x) ** 2 for x, _ in some))


def picture(curves: dict[str, list[tuple[float, float]]], units: dict[str, str]) -> str:
    """A panel for each curve, both axes logarithmic."""
    panels = []
    for at, (name, points) in enumerate(curves.items()):
        place = f"translate({WIDTH * (at % 2)},{HEIGHT * (at // 2)})"
        panels.append(f'<g transform="{place}">{"".join(_panel(name, points, units[name]))}</g>')
    size = f"0 0 {2 * WIDTH} {HEIGHT * -(-len(curves) // 2)}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{size}" role="img" aria-label="How cost grows">'
        f"<style>{STYLE}</style>{''.join(panels)}</svg>\n"
    )


def _panel(name: str, points: Sequence[tuple[float, float]], unit: str) -> Iterator[str]:
    logs = [(math.log10(x), math.log10(y)) for x, y in points]
    x0, x1 = min(x for x, _ in logs), max(x for x, _ in logs)
    y0, y1 = math.floor(min(y for _, y in logs)), math.ceil(max(y for _, y in logs) + 1e-9)
    places = [
        (
            LEFT + (x - x0) / (x1 - x0) * (WIDTH - LEFT - 20),
            HEIGHT - BOTTOM - (y - y0) / (y1 - y0) * (HEIGHT - BOTTOM - 30),
        )
        for x, y in logs
    ]
    yield f'<text class="t" x="8" y="16">{escape(name)}: size^{exponent(points):.2f}</text>'
    for y in range(y0, y1 + 1):
        at = HEIGHT - BOTTOM - (y - y0) / (y1 - y0) * (HEIGHT - BOTTOM - 30)
        yield f'<line class="g" x1="{LEFT}" x2="{WIDTH - 20}" y1="{at:.0f}" y2="{at:.0f}"/>'
        yield f'<text x="{LEFT - 4}" y="{at + 4:.0f}" text-anchor="end">1e{y} s</text>'
    yield f'<polyline class="f" points="{" ".join(f"{x:.0f},{y:.0f}" for x, y in places)}"/>'
    yield from (f'<circle class="d" cx="{x:.0f}" cy="{y:.0f}" r="3"/>' for x, y in places)
    low, high = (f"{points[at][0]:,.0f}" for at in (0, -1))
    yield f'<text x="{LEFT}" y="{HEIGHT - 14}">{low}</text>'
    yield f'<text x="{WIDTH - 20}" y="{HEIGHT - 14}" text-anchor="end">{high} {escape(unit)}</text>'


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results/cost_curves.csv"))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--most", type=int, default=1_000_000, help="rows of the longest list")
    parser.add_argument("--curves", nargs="*", choices=list(CURVES), help="only these; others stay as --out has them")
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(CURVES[options.one[0]][0](int(options.one[1]))))
        return
    kept = read_points(options.out) if options.curves else {}
    chosen = options.curves or list(CURVES)
    wanted = [(name, size) for name in chosen for size in CURVES[name][1] if size <= options.most]
    costs: dict[tuple[str, int], list[float]] = {each: [] for each in wanted}
    for _ in range(options.rounds):
        for name, size in wanted:
            command = [sys.executable, __file__, "--one", name, str(size)]
            done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
            costs[name, size].append(json.loads(done.stdout.splitlines()[-1]))
            print(name, size, f"{costs[name, size][-1]:.6f}", flush=True)
    found = {name: [(float(s), median(costs[name, s])) for n, s in wanted if n == name] for name in chosen}
    write(kept | found, options.out)


def read_points(file: Path) -> dict[str, list[tuple[float, float]]]:
    """Curves of an earlier run, to which others are added."""
    with file.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    return {
        name: [(float(row["size"]), float(row["cpu_s"])) for row in rows if row["curve"] == name]
        for name in dict.fromkeys(row["curve"] for row in rows)
    }


def write(curves: dict[str, list[tuple[float, float]]], out: Path) -> None:
    """The CSV, and the picture beside it."""
    curves = {name: curves[name] for name in CURVES if name in curves}
    rows = [
        {
            "curve": name,
            "size": int(size),
            "unit": CURVES[name][2],
            "cpu_s": f"{cpu:.6f}",
            "exponent": f"{exponent(points):.2f}",
        }
        for name, points in curves.items()
        for size, cpu in points
    ]
    write_rows(rows, out)
    out.with_suffix(".svg").write_text(picture(curves, {name: unit for name, (_, _, unit) in CURVES.items()}))


if __name__ == "__main__":
    main()
