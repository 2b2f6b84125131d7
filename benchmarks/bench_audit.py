"""Auditing long lists, beside DuckDB's own parse-and-count query and a loop over lines.

    python benchmarks/bench_audit.py rows --lines 10_000_000 --rounds 3
    python benchmarks/bench_audit.py rows --lines 43_000_000 --classes 100_000 --rounds 1 --only datatool

Each measurement is a process of its own, rounds are interleaved, and every contender must count the same rows per
class before a time is kept. The list has duplicates, conflicting labels and malformed lines, one each per 100,000.
Prints CSV: machine, contender, lines, seconds of wall and CPU, peak MiB, and the ratio of medians to datatool.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import audit_images

EVERY = 100_000  # lines per fault of each kind


def write_list(path: Path, lines: int, classes: int) -> None:
    """A long-tailed list with faults at known places."""
    import numpy as np

    rng = np.random.default_rng(0)
    with path.open("w", encoding="utf-8") as file:
        for start in range(0, lines, 1_000_000):
            number = min(1_000_000, lines - start)
            labels = ((rng.pareto(0.5, number) * 10).astype(np.int64) % classes).tolist()
            rows = [f"train/n{label:08d}/img_{start + at:09d}.JPEG {label}" for at, label in enumerate(labels)]
            for at in range(7, number - 3, EVERY):
                rows[at] = rows[at].rsplit(" ", 1)[0]  # no label
                rows[at + 1] = rows[at + 2]  # a duplicate
                rows[at + 3] = f"{rows[at + 4].rsplit(' ', 1)[0]} 0"  # perhaps another label for the same path
            file.write("\n".join(rows) + "\n")


def datatool(path: Path) -> dict[str, object]:
    """The audit: ids, counts, duplicates, conflicts and malformed lines with line numbers."""
    from datatool.audit import audit
    from datatool.rows import open_rows, resolve

    with open_rows(resolve(str(path))) as rows:
        document = audit(rows)
    counts = {label: sum(sources.values()) for label, sources in document.counts.items()}
    findings = {finding.code: finding.count for finding in document.findings}
    return {"checksum": checksum(counts), "findings": findings}


def duckdb_minimal(path: Path) -> dict[str, object]:
    """DuckDB: lines to labels by the last-token rule, and rows per label; nothing else is looked for."""
    import duckdb

    found = duckdb.sql(
        "SELECT label, count(*) FROM (SELECT try_cast(split_part(line, ' ', -1) AS BIGINT) AS label "
        f"FROM read_csv('{path}', delim='\x01', header=false, quote='', escape='', columns={{'line': 'VARCHAR'}})) "
        "WHERE label IS NOT NULL GROUP BY label"
    ).fetchall()
    return {"checksum": checksum(dict(found))}


def loop(path: Path) -> dict[str, object]:
    """One line at a time, as PaddleClas reads a list: strip, split, join the root, append, convert.

    Its `os.path.exists` for each line is left out, and a line that would raise is passed over.
    """
    import numpy as np

    images, labels = [], []
    with path.open(encoding="utf-8") as file:
        for line in file.readlines():
            words = line.strip().split(" ")
            if len(words) == 2:
                images.append(os.path.join("root", words[0]))
                labels.append(np.int64(words[1]))
    ids, counts = np.unique(labels, return_counts=True)
    return {"checksum": checksum(dict(zip(ids.tolist(), counts.tolist(), strict=True)))}


def checksum(counts: dict[int, int]) -> int:
    """One number for rows per class."""
    return sum((label + 1) * rows for label, rows in counts.items())


CONTENDERS: dict[str, Callable[[Path], dict[str, object]]] = {
    "datatool": datatool,
    "duckdb_minimal": duckdb_minimal,
    "loop": loop,
}


def measure(name: str, path: Path) -> dict[str, object]:
    """Run one contender in this process."""
    wall = time.perf_counter()
    result = CONTENDERS[name](path)
    wall = time.perf_counter() - wall
    used = resource.getrusage(resource.RUSAGE_SELF)
    return result | {"wall": wall, "cpu": used.ru_utime + used.ru_stime, "peak_mib": used.ru_maxrss / 1024}


def bench_rows(lines: int, classes: int, rounds: int, only: list[str], folder: Path) -> None:
    """Interleaved rounds over one list, as CSV on standard output."""
    path = folder / f"list_{lines}_{classes}.txt"
    if not path.exists():
        write_list(path, lines, classes)
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in only}
    for _ in range(rounds):
        for name in only:
            command = [sys.executable, __file__, "one", name, str(path)]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            runs[name].append(json.loads(done.stdout))
    assert len({run["checksum"] for name in only for run in runs[name]}) == 1, "contenders disagree"
    machine = f"{platform.machine()} {os.cpu_count()} CPUs Python {platform.python_version()}"
    writer = csv.writer(sys.stdout)
    writer.writerow(["machine", "contender", "lines", "wall_s", "cpu_s", "peak_mib", "wall_ratio", "findings"])
    base = statistics.median(run["wall"] for run in runs[only[0]])
    for name in only:
        wall, cpu, peak = (statistics.median(run[key] for run in runs[name]) for key in ("wall", "cpu", "peak_mib"))
        findings = runs[name][0].get("findings", "")
        writer.writerow(
            [machine, name, lines, f"{wall:.2f}", f"{cpu:.2f}", f"{peak:.0f}", f"{wall / base:.2f}", findings]
        )


def bench_images(listed: Path, rounds: int) -> None:
    """Interleaved rounds of reading the same photographs, as CSV on standard output."""
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in audit_images.CONTENDERS}
    for _ in range(rounds):
        for name in runs:
            command = [sys.executable, __file__, "image", name, str(listed)]
            runs[name].append(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))
    assert len({run["images"] for some in runs.values() for run in some}) == 1, "contenders disagree"
    machine = f"{platform.machine()} {os.cpu_count()} CPUs Python {platform.python_version()}"
    writer = csv.writer(sys.stdout)
    writer.writerow(["machine", "contender", "images", "images_per_cpu_s", "ratio_to_decode", "wall_s", "scaling"])
    rates = {name: statistics.median(run["images"] / run["cpu"] for run in some) for name, some in runs.items()}
    walls = {name: min(run["wall"] for run in some) for name, some in runs.items()}
    for name, some in runs.items():
        scaling = f"{walls['scan_1'] / walls[name]:.2f}" if name.startswith("scan") else ""
        ratio = f"{rates[name] / rates['decode']:.2f}"
        images = f"{some[0]['images']:.0f}"
        writer.writerow([machine, name, images, f"{rates[name]:.0f}", ratio, f"{walls[name]:.2f}", scaling])


def main() -> None:
    """Parse and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    rows = commands.add_parser("rows")
    rows.add_argument("--lines", type=int, default=10_000_000)
    rows.add_argument("--classes", type=int, default=10_000)
    rows.add_argument("--rounds", type=int, default=3)
    rows.add_argument("--only", nargs="*", default=list(CONTENDERS), choices=list(CONTENDERS))
    rows.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()))
    images = commands.add_parser("images")
    images.add_argument("--list", type=Path, required=True)
    images.add_argument("--rounds", type=int, default=5)
    image = commands.add_parser("image")
    image.add_argument("name", choices=list(audit_images.CONTENDERS))
    image.add_argument("path", type=Path)
    one = commands.add_parser("one")
    one.add_argument("name", choices=list(CONTENDERS))
    one.add_argument("path", type=Path)
    arguments = parser.parse_args()
    if arguments.command == "image":
        print(json.dumps(audit_images.CONTENDERS[arguments.name](arguments.path)))
    elif arguments.command == "images":
        bench_images(arguments.list, arguments.rounds)
    elif arguments.command == "one":
        print(json.dumps(measure(arguments.name, arguments.path)))
    else:
        bench_rows(arguments.lines, arguments.classes, arguments.rounds, arguments.only, arguments.folder)


if __name__ == "__main__":
    main()
