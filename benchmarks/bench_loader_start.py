"""Time to the first batch of a very long plan, after imports, and the memory that the loader holds.

    python benchmarks/bench_loader_start.py --plan L43.plan --images ../shared/data/clothing --out loader_start.csv

The plan's paths need not exist (bench_plan.py builds one of 43 M rows): links to real photographs are put where the
first batches will look.
"""

from __future__ import annotations

import argparse
import csv
import resource
import sys
import tempfile
import time
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from machine import describe

from datatool import BalancedLoader, BalancedSampler, Plan

BATCHES = 12


def main() -> None:
    """Link, then open and take a batch, several times."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--plan", type=Path, required=True)
    parser.add_argument("--images", type=Path, required=True, help="folder with train_list.txt")
    parser.add_argument("--out", type=Path, default=Path("loader_start.csv"))
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    plan = Plan.open(arguments.plan)
    lines = (arguments.images / "train_list.txt").read_text().splitlines()
    photographs = [(arguments.images / line.rpartition(" ")[0]).resolve() for line in lines]
    with tempfile.TemporaryDirectory() as root:
        _link(plan, Path(root), photographs)
        del plan
        _loaded(arguments.plan, root)  # imports
        rows = [{"round": number, **_loaded(arguments.plan, root)} for number in range(1, arguments.rounds + 1)]
    with arguments.out.open("w", newline="") as out:
        out.write("# " + "; ".join(f"{key} {value}" for key, value in describe().items()) + "\n")
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    for name in ("wall_s", "cpu_s", "peak_mib"):
        print(name, median(row[name] for row in rows))


def _link(plan: Plan, root: Path, photographs: list[Path]) -> None:
    """Put photographs where the check of the first paths and the first batches look."""
    sampler = BalancedSampler(plan, batch_size=64)
    wanted = [np.arange(100), *(sampler.batch(0, step) for step in range(BATCHES))]
    paths = dict.fromkeys(plan.rows(np.unique(np.concatenate(wanted))).path)
    for path, photograph in zip(paths, islice(cycle(photographs), len(paths)), strict=True):
        link = root / path
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(photograph)


def _loaded(plan: Path, root: str) -> dict[str, Any]:
    begin, cpu = time.perf_counter(), time.process_time()
    with BalancedLoader(plan, batch_size=64, root=root, framework="numpy", max_errors=1.0) as loader:
        batches = loader.epoch(0)
        rows = len(next(batches).rows)
        wall, spent = time.perf_counter() - begin, time.process_time() - cpu
        return {
            "plan_rows": loader.plan.num_rows,
            "batch": rows,
            "wall_s": round(wall, 3),
            "cpu_s": round(spent, 3),
            "cache_mib": loader.stats()["cache_mib"],
            "peak_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        }


if __name__ == "__main__":
    main()
