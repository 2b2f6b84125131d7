"""What a figure was measured on, and how much CPU a whole tree of processes has used."""

from __future__ import annotations

import csv
import importlib.metadata
import os
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

TICKS = os.sysconf("SC_CLK_TCK")
PACKAGES = (
    "numpy", "opencv-python-headless", "simplejpeg", "paddlepaddle", "torch", "nvidia-dali-cuda130", "spdl-core",
    "grain", "webdataset", "obstore", "boto3", "mosaicml-streaming", "litdata",
)  # fmt: skip


def describe() -> dict[str, str]:
    """Names and versions for the head of a results file."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "unknown")
    versions = {name: _version(name) for name in PACKAGES}
    return {
        "cpu": model,
        "cores": str(len(os.sched_getaffinity(0))),
        "kernel": platform.release(),
        "python": platform.python_version(),
        **{name: version for name, version in versions.items() if version},
    }


def write_rows(rows: Sequence[Mapping[str, Any]], file: Path) -> None:
    """Write results as CSV, the machine beside each row."""
    machine = describe()
    with file.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, fieldnames=[*rows[0], *machine])
        writer.writeheader()
        writer.writerows({**row, **machine} for row in rows)


class Results:
    """A CSV file that grows row by row, so that a benchmark that was stopped goes on where it was.

    Args:
        file: It may be there already.
    """

    def __init__(self, file: Path, /) -> None:
        self._file = file
        self._machine = describe()
        lines = file.read_text().splitlines() if file.exists() else []
        self.rows: list[dict[str, Any]] = list(csv.DictReader(lines))

    def has(self, **key: Any) -> bool:
        """Whether a row has these values, as text."""
        wanted = {name: str(value) for name, value in key.items()}
        return any(wanted.items() <= row.items() for row in self.rows)

    def add(self, row: Mapping[str, Any]) -> None:
        """Append a row, the machine beside it."""
        whole = {**row, **self._machine}
        is_new = not self.rows
        with self._file.open("a", newline="") as stream:
            writer = csv.DictWriter(stream, fieldnames=[*whole])
            if is_new:
                writer.writeheader()
            writer.writerow(whole)
        self.rows.append({name: str(value) for name, value in whole.items()})
        print(dict(row), flush=True)


def tree_cpu(root: int | None = None) -> float:
    """CPU seconds, user and system, of a process and all its descendants, dead ones included once they are reaped."""
    parents: dict[int, tuple[int, float]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parents[int(folder.name)] = int(fields[1]), sum(map(int, fields[11:15])) / TICKS
    wanted = {root or os.getpid()}
    grew = True
    while grew:
        more = {pid for pid, (parent, _) in parents.items() if parent in wanted} - wanted
        wanted |= more
        grew = bool(more)
    return sum(parents[pid][1] for pid in wanted if pid in parents)


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None
