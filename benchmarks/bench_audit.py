"""Auditing long lists, beside DuckDB's own parse-and-count query and a loop over lines.

    python benchmarks/bench_audit.py rows --lines 10_000_000 --rounds 3
    python benchmarks/bench_audit.py rows --lines 43_000_000 --classes 100_000 --rounds 1 --only datatool

    python benchmarks/bench_audit.py tables --lines 10_000_000 --rounds 1

Each measurement is a process of its own, rounds are interleaved, and every contender must count the same rows per
class before a time is kept. The list has duplicates, conflicting labels and malformed lines, one each per 100,000.
Prints CSV: machine, contender, lines, seconds of wall and CPU, peak MiB, and the ratio of medians to datatool.
"""

from __future__ import annotations

import argparse
import csv
import json
import multiprocessing
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
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
    """The audit as a user starts it: ids, counts, duplicates, conflicts and malformed lines with line numbers."""
    done = subprocess.run(
        [sys.executable, "-m", "datatool", "audit", str(path), "--json"], capture_output=True, text=True, check=False
    )
    document = json.loads(done.stdout)
    counts = {int(label): sum(sources.values()) for label, sources in document["counts"].items()}
    findings = {finding["code"]: finding["count"] for finding in document["findings"]}
    return {"checksum": checksum(counts), "findings": findings}


def write_tables(folder: Path, lines: int, classes: int) -> list[Path]:
    """The same rows, with names for labels, as CSV, JSON lines and Parquet; written by DuckDB."""
    import duckdb

    stem = folder / f"table_{lines}_{classes}"
    files = [stem.with_suffix(suffix) for suffix in (".csv", ".jsonl", ".parquet")]
    label = f"(CAST(floor(10 / sqrt(1e-9 + random())) AS BIGINT) % {classes})"
    rows = f"SELECT i, {label} AS c FROM range({lines}) t(i)"
    sql = (
        f"SELECT printf('train/n%08d/img_%09d.JPEG', c, i) AS image_id, printf('class n%08d', c) AS label FROM ({rows})"
    )
    if not all(file.exists() for file in files):
        duckdb.sql("SELECT setseed(0)")
        duckdb.sql(f"COPY ({sql}) TO '{files[-1]}' (FORMAT parquet)")
        duckdb.sql(f"COPY (FROM '{files[-1]}') TO '{files[0]}' (FORMAT csv)")
        duckdb.sql(f"COPY (FROM '{files[-1]}') TO '{files[1]}' (FORMAT json)")
    return files


def table_duckdb(path: Path) -> dict[str, object]:
    """DuckDB: rows per name, of paths that are read too, since an audit without paths finds no repeats."""
    import duckdb

    sql = f"SELECT label, count(*), bit_xor(hash(image_id)) FROM {_reader(path)} GROUP BY label"
    return {"checksum": name_checksum({label: rows for label, rows, _ in duckdb.sql(sql).fetchall()})}


def table_duckdb_labels(path: Path) -> dict[str, object]:
    """DuckDB: rows per name, and nothing else read."""
    import duckdb

    found = duckdb.sql(f"SELECT label, count(*) FROM {_reader(path)} GROUP BY label").fetchall()
    return {"checksum": name_checksum(dict(found))}


def table_duckdb_repeats(path: Path) -> dict[str, object]:
    """DuckDB: rows per name, and the rows of paths that are listed more than once with their names.

    That is what an audit asks of every table. Of several ways to write it this one took the least CPU time: one scan,
    and hashes in place of paths.
    """
    import duckdb

    duckdb.execute(f"CREATE TEMP TABLE kept AS SELECT hash(image_id) AS key, label FROM {_reader(path)}")
    more = "SELECT key FROM kept GROUP BY key HAVING count(*) > 1"
    repeats = duckdb.execute(f"SELECT * FROM kept WHERE key IN ({more})").fetchall()
    found = duckdb.execute("SELECT label, count(*) FROM kept GROUP BY label").fetchall()
    return {"checksum": name_checksum(dict(found)), "findings": {"repeated rows": len(repeats)}}


def _reader(path: Path) -> str:
    """A table of a format in SQL."""
    name = {".csv": "read_csv", ".jsonl": "read_json", ".parquet": "read_parquet"}[path.suffix]
    return f"{name}('{path}')"


def name_checksum(counts: dict[str, int]) -> int:
    """The same as `checksum`, where ids are places of sorted names."""
    return checksum({label: counts[name] for label, name in enumerate(sorted(counts))})


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
    "table_duckdb": table_duckdb,
    "table_duckdb_labels": table_duckdb_labels,
    "table_duckdb_repeats": table_duckdb_repeats,
}
LISTS = ("datatool", "duckdb_minimal", "loop")
TABLES = ("datatool", "table_duckdb", "table_duckdb_labels", "table_duckdb_repeats")


def measure(name: str, path: Path) -> dict[str, object]:
    """Run one contender in this process, or in the one that it starts, whose start counts too."""
    wall = time.perf_counter()
    result = CONTENDERS[name](path)
    wall = time.perf_counter() - wall
    used = resource.getrusage(resource.RUSAGE_CHILDREN if name == "datatool" else resource.RUSAGE_SELF)
    return result | {"wall": wall, "cpu": used.ru_utime + used.ru_stime, "peak_mib": used.ru_maxrss / 1024}


def bench_rows(lines: int, classes: int, rounds: int, only: list[str], folder: Path) -> None:
    """Interleaved rounds over one list, as CSV on standard output."""
    path = folder / f"list_{lines}_{classes}.txt"
    if not path.exists():
        write_list(path, lines, classes)
    compare({path: only}, lines, rounds)


def bench_tables(lines: int, classes: int, rounds: int, folder: Path) -> None:
    """The same over one table in each format."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:  # a child begins at its parent's peak
        tables = pool.submit(write_tables, folder, lines, classes).result()
    compare({path: list(TABLES) for path in tables}, lines, rounds)


def compare(contenders: dict[Path, list[str]], lines: int, rounds: int) -> None:
    """Run the contenders of each file in interleaved rounds; the first of a file is what ratios are to."""
    runs: dict[tuple[Path, str], list[dict[str, float]]] = {
        (path, name): [] for path, names in contenders.items() for name in names
    }
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    for at in range(-1, rounds):  # the first compiles what is imported, as an installed package is, and is not counted
        for path, name in runs if at >= 0 else [*runs][:1]:
            command = [sys.executable, __file__, "one", name, str(path)]
            done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
            if at >= 0:
                runs[path, name].append(json.loads(done.stdout))
    machine = f"{platform.machine()} {os.cpu_count()} CPUs Python {platform.python_version()}"
    writer = csv.writer(sys.stdout)
    header = ["machine", "file", "contender", "lines", "wall_s", "cpu_s", "peak_mib", "wall_ratio", "cpu_ratio"]
    writer.writerow([*header, "findings"])
    for path, names in contenders.items():
        assert len({run["checksum"] for name in names for run in runs[path, name]}) == 1, "contenders disagree"
        first = {key: statistics.median(run[key] for run in runs[path, names[0]]) for key in ("wall", "cpu")}
        for name in names:
            some = runs[path, name]
            wall, cpu, peak = (statistics.median(run[key] for run in some) for key in ("wall", "cpu", "peak_mib"))
            ratios = [f"{wall / first['wall']:.2f}", f"{cpu / first['cpu']:.2f}"]
            figures = [f"{wall:.2f}", f"{cpu:.2f}", f"{peak:.0f}", *ratios]
            writer.writerow([machine, path.suffix, name, lines, *figures, some[0].get("findings", "")])


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
    rows.add_argument("--only", nargs="*", default=list(LISTS), choices=list(LISTS))
    rows.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()))
    tables = commands.add_parser("tables")
    tables.add_argument("--lines", type=int, default=10_000_000)
    tables.add_argument("--classes", type=int, default=10_000)
    tables.add_argument("--rounds", type=int, default=3)
    tables.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()))
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
    elif arguments.command == "tables":
        bench_tables(arguments.lines, arguments.classes, arguments.rounds, arguments.folder)
    else:
        bench_rows(arguments.lines, arguments.classes, arguments.rounds, arguments.only, arguments.folder)


if __name__ == "__main__":
    main()
