"""Building and opening plans: `datatool balance` over long lists, in processes of its own.

    python benchmarks/bench_plan.py --rows 4_300_000 43_000_000 --classes 50_000 --out benchmarks/results/plan.csv

`--keep DIR` leaves lists and plans there and takes lists that are there; `--tree DIR` measures another checkout.

Classes follow a power law and a quarter of all rows is synthetic, so there are about two cells a class. Columns: rows,
cells, wall and CPU seconds and peak resident MiB of building; seconds of opening (median of five, without imports) and
what the opened plan holds in memory beside the mapped index; rows read per CPU-second in random batches.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from machine import describe

COLUMNS = [
    "rows", "cells", "strategy", "build_wall_s", "build_cpu_s", "build_peak_mib", "index_mib", "open_s", "open_cpu_s",
    "held_mib", "read_256_per_cpu_s", "read_4096_per_cpu_s", "machine",
]  # fmt: skip
_CHUNK = 1_000_000


def write_list(path: Path, rows: int, classes: int) -> None:
    """A long-tailed list; a quarter of the paths is synthetic."""
    generator = np.random.Generator(np.random.PCG64(0))
    with path.open("w", encoding="utf-8") as file:
        for start in range(0, rows, _CHUNK):
            number = min(_CHUNK, rows - start)
            label = (generator.random(number) ** 2 * classes).astype(np.int64).tolist()
            kind = np.where(generator.random(number) < 0.25, "synth_", "").tolist()
            lines = zip(range(start, start + number), label, kind, strict=True)
            file.write("".join(f"images/{one:05d}/{made}{n:08d}.jpg {one}\n" for n, one, made in lines))


def build(path: Path, out: Path, strategy: str, tree: Path) -> dict[str, float]:
    """Run the program of a checkout and measure it."""
    command = [sys.executable, "-m", "datatool", "balance", str(path), "--synthetic", "*synth_*"]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    begin = time.perf_counter()
    process = subprocess.Popen(
        [*command, "--strategy", strategy, "--out", str(out)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**environment, "PYTHONPATH": str(tree)},
    )  # fmt: skip
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if status:
        raise SystemExit(f"datatool balance failed: {status}")
    return {
        "build_wall_s": round(time.perf_counter() - begin, 1),
        "build_cpu_s": round(usage.ru_utime + usage.ru_stime, 1),
        "build_peak_mib": round(usage.ru_maxrss / 1024),
        "index_mib": round((out / "index.arrow").stat().st_size / 2**20),
    }


def open_and_read(plan: str) -> dict[str, float]:
    """Open the plan in this process, a fresh one."""
    import pyarrow as pa

    from datatool.schemas import Plan, PlanDocument

    del pa, PlanDocument  # only imported: imports are not what is measured
    before = _anonymous()
    opened = Plan.open(plan)
    held = _anonymous() - before
    walls, cpus = [], []
    for _ in range(5):
        wall, cpu = time.perf_counter(), time.process_time()
        Plan.open(plan)
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    found = {
        "cells": len(opened.cells.label),
        "open_s": round(median(walls), 3),
        "open_cpu_s": round(median(cpus), 3),
        "held_mib": round(held / 2**20),
    }
    generator = np.random.Generator(np.random.PCG64(0))
    for batch in (256, 4096):
        rows = [generator.integers(0, opened.num_rows, batch) for _ in range(200 * 256 // batch + 20)]
        cpu = time.process_time()
        for one in rows:
            opened.rows(one)
        found[f"read_{batch}_per_cpu_s"] = round(batch * len(rows) / (time.process_time() - cpu))
    return found


def _anonymous() -> int:
    """Resident memory that is no file, in bytes."""
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("RssAnon")) * 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[430_000, 4_300_000])
    parser.add_argument("--classes", type=int, default=50_000)
    parser.add_argument("--strategy", default="sqrt")
    parser.add_argument("--work", type=Path, default=None, help="where lists and plans are written for the time being")
    parser.add_argument("--keep", type=Path, default=None)
    parser.add_argument("--tree", type=Path, default=Path(__file__).parents[1])
    parser.add_argument("--out", type=Path, default=None)
    parser.add_argument("--open", default=None, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.open:
        print(json.dumps(open_and_read(arguments.open)))
        return
    lines = [_measure(rows, arguments) for rows in arguments.rows]
    target = arguments.out.open("w", newline="") if arguments.out else sys.stdout
    writer = csv.DictWriter(target, COLUMNS)
    writer.writeheader()
    writer.writerows(lines)


def _measure(rows: int, arguments: Any) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(dir=arguments.work) as scratch:
        folder = arguments.keep or Path(scratch)
        path, out = folder / f"{rows}.txt", folder / f"{rows}.plan"
        if not path.exists():
            write_list(path, rows, arguments.classes)
        machine = describe()
        line: dict[str, Any] = {
            "rows": rows,
            "strategy": arguments.strategy,
            "machine": f"{machine['cpu']}, {machine['cores']} cores",
        }
        line |= build(path, out, arguments.strategy, arguments.tree)
        again = [sys.executable, __file__, "--open", str(out)]
        line |= json.loads(subprocess.run(again, capture_output=True, text=True, check=True).stdout)
        print(line, file=sys.stderr)
        return line


if __name__ == "__main__":
    main()
