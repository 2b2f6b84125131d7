"""Loaders side by side: same plan, crops and antialiased resize; outputs compared, then timed in interleaved rounds.

    python benchmarks/bench_loader.py --data ../shared/data/clothing --work scratch --out benchmarks/results/loader.csv

The figure is images per CPU-second of the whole process tree, from opening the loader to the end of the epoch, imports
excluded: on a shared machine images per second swing with the neighbours. Peers that are not installed are left out and
named. `plot_loader.py` draws the medians.
"""

from __future__ import annotations

import argparse
import csv
import json
import pickle
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from contenders import CONTENDERS, OURS, STD, Work, sample, simplejpeg
from machine import describe, tree_cpu

WARM_BATCHES = 2
CHECKED_BATCHES = 3
LARGEST_DIFFERENCE = 4.0  # mean, of 255: decoders differ by their IDCT and by scaled decoding, filters by their shape
COLUMNS = [
    "scenario", "contender", "round", "status", "images", "wall_s", "cpu_s", "images_per_cpu_s", "images_per_s",
    "first_batch_s", "pss_mib", "shm_mib", "difference", "load",
]  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder with train_list.txt")
    parser.add_argument("--work", type=Path, help="scratch folder for plans and large originals; kept")
    parser.add_argument("--out", type=Path, default=Path("loader.csv"))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--images", type=int, default=10_000, help="at most so many different photographs")
    parser.add_argument("--scenarios", default="uniform,tail,large,shm64")
    parser.add_argument("--only", help="contenders, separated by |")
    parser.add_argument("--python", default=sys.executable, help="interpreter of the children")
    parser.add_argument("--child", nargs=3, metavar=("MODE", "NAME", "FILE"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        _child(*arguments.child)
        return
    from scenarios import SCENARIOS

    arguments.work.mkdir(parents=True, exist_ok=True)
    rows: list[dict[str, Any]] = []
    for name in arguments.scenarios.split(","):
        scenario = SCENARIOS[name](arguments.data.resolve(), arguments.work.resolve(), arguments.images)
        wanted = arguments.only.split("|") if arguments.only else list(CONTENDERS)
        contenders = [each for each in wanted if each in scenario.contenders]
        rows += _scenario(name, scenario, contenders, arguments.rounds, arguments.python)
        _write(arguments.out, rows)
    _summary(rows)


def _scenario(name: str, scenario: Any, contenders: list[str], rounds: int, python: str) -> Iterator[dict[str, Any]]:
    rows = []
    differences: dict[str, str] = {}
    for contender in list(contenders):
        checked = _run(python, scenario, "check", contender)
        if checked["status"] != "ok":
            contenders.remove(contender)
            rows.append({"scenario": name, "contender": contender, "round": 0, **checked})
        else:
            differences[contender] = f"{checked['difference']:.3f}"
        print(name, contender, checked, file=sys.stderr)
    for number in range(1, rounds + 1):
        for contender in contenders:
            measured = _run(python, scenario, "time", contender)
            load = Path("/proc/loadavg").read_text().split()[0]
            rows.append(
                {"scenario": name, "contender": contender, "round": number, **measured, "load": load}
                | {"difference": differences[contender]}
            )
            print(name, number, contender, measured, file=sys.stderr)
    return iter(rows)


def _run(python: str, scenario: Any, mode: str, contender: str) -> dict[str, Any]:
    """One contender in a process of its own, under the scenario's conditions."""
    command = [*scenario.prefix, python, __file__, "--child", mode, contender, str(scenario.file)]
    try:
        run = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    except subprocess.TimeoutExpired:
        return {"status": "hangs"}
    try:
        said: dict[str, Any] = json.loads(run.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        lines = [line for line in run.stderr.splitlines() if line.strip()] or [f"exit code {run.returncode}"]
        return {"status": f"fails: {lines[-1][:160]}"}
    return said


def _child(mode: str, name: str, file: str) -> None:
    work: Work = pickle.loads(Path(file).read_bytes())
    try:
        said = _check(name, work) if mode == "check" else _time(name, work)
    except ModuleNotFoundError as error:
        said = {"status": f"not installed: {error.name}"}
    except Exception as error:  # noqa: BLE001 - a peer's failure is a result
        said = {"status": f"fails: {type(error).__name__}: {str(error).strip().splitlines()[0][:140]}"}
    print(json.dumps(said), flush=True)


def _check(name: str, work: Work) -> dict[str, Any]:
    """Every position once, and the pixels of some batches."""
    seen: list[int] = []
    apart: list[float] = []
    for number, (images, positions) in enumerate(CONTENDERS[name](work)):
        seen += positions.tolist()
        if number >= CHECKED_BATCHES:
            continue
        for image, position in zip(images, positions.tolist(), strict=True):
            expected = sample(work, position, simplejpeg).astype(np.float64)
            difference = np.abs(image - expected)
            if work.output == "float32":
                difference = difference * STD[:, None, None]
            apart.append(float(difference.mean()))
    if sorted(seen) != list(range(len(work.paths))):
        return {"status": f"fails: gave {len(seen)} images, {len(set(seen))} different, of {len(work.paths)}"}
    if np.mean(apart) > LARGEST_DIFFERENCE:
        return {"status": f"fails: other pixels, mean absolute difference {np.mean(apart):.2f}"}
    return {"status": "ok", "difference": float(np.mean(apart))}


def _time(name: str, work: Work) -> dict[str, Any]:
    from datatool.machine import shared_memory

    warm = CONTENDERS[name](work)  # imports, page cache
    for _ in range(WARM_BATCHES):
        next(warm)
    warm.close()  # type: ignore[attr-defined]
    free = shared_memory().free
    lowest, images, pss, first, touched = free, 0, 0.0, 0.0, 0
    cpu, begin = tree_cpu(), time.perf_counter()
    for batch, positions in CONTENDERS[name](work):
        first = first or time.perf_counter() - begin
        touched += int(batch[:, 0, 0, 0].sum())
        images += len(positions)
        lowest = min(lowest, shared_memory().free)
        if images * 2 >= len(work.paths) and not pss:
            pss = _pss()
    wall, cpu = time.perf_counter() - begin, tree_cpu() - cpu
    return {
        "status": "ok",
        "images": images,
        "wall_s": round(wall, 3),
        "cpu_s": round(cpu, 3),
        "images_per_cpu_s": round(images / cpu, 1),
        "images_per_s": round(images / wall, 1),
        "first_batch_s": round(first, 3),
        "pss_mib": round(pss),
        "shm_mib": round((free - lowest) / (1 << 20), 1),
    }


def _pss() -> float:
    """MiB of this process and its children, shared pages counted once."""
    import os

    own = os.getpid()
    pids = [own, *map(int, Path(f"/proc/self/task/{own}/children").read_text().split())]
    total = 0
    for pid in pids:
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1024


def _write(file: Path, rows: list[dict[str, Any]]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", newline="") as out:
        out.write(f"# {datetime.now(UTC):%Y-%m-%d}; " + "; ".join(f"{k} {v}" for k, v in describe().items()) + "\n")
        writer = csv.DictWriter(out, COLUMNS, restval="", extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)


def _summary(rows: list[dict[str, Any]]) -> None:
    for scenario in dict.fromkeys(row["scenario"] for row in rows):
        print(f"\n{scenario}: images per CPU-second, median of the rounds")
        found: dict[str, list[float]] = {}
        for row in rows:
            if row["scenario"] == scenario and row["status"] == "ok":
                found.setdefault(row["contender"], []).append(row["images_per_cpu_s"])
            elif row["scenario"] == scenario:
                print(f"  {row['contender']:32} {row['status']}")
        for contender, values in sorted(found.items(), key=lambda item: -median(item[1])):
            mark = "*" if contender in OURS else " "
            print(f"{mark} {contender:32} {median(values):8.1f}  ({min(values):.1f} to {max(values):.1f})")


if __name__ == "__main__":
    main()
