"""What starting costs: commands on a short list, beside the import of the libraries that they stand on.

    python benchmarks/bench_startup.py --out benchmarks/results/startup.csv --rounds 5

Each measurement is a process of its own, rounds are interleaved, and CPU seconds are counted. The list has 10,000 lines
of 100 classes. `libraries` imports what an audit cannot do without; ratios of medians are to it.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parent))
from machine import write_rows

LINES, CLASSES = 10_000, 100
LIBRARIES = "import duckdb, numpy, pyarrow, typer, yaml; from pydantic import BaseModel"


def commands(folder: Path) -> dict[str, list[str]]:
    """Arguments of the interpreter, by name; the first is the yardstick."""
    listed = folder / "labels.txt"
    listed.write_text("".join(f"images/{n % CLASSES}/{n}.jpg {n % CLASSES}\n" for n in range(LINES)))
    balance = ["balance", str(listed), "--strategy", "sqrt", "--out", str(folder / "a.plan")]
    return {
        "libraries": ["-c", LIBRARIES],
        "datatool --help": ["-m", "datatool", "--help"],
        "datatool audit": ["-m", "datatool", "audit", str(listed)],
        "datatool balance": ["-m", "datatool", *balance],
        "import datatool.loader": ["-c", "import datatool.loader"],
    }


def cpu_seconds(arguments: list[str]) -> float:
    """Of one run."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    nowhere = subprocess.DEVNULL
    process = subprocess.Popen([sys.executable, *arguments], env=environment, stdout=nowhere, stderr=nowhere)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(arguments)} failed: {status}")
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results/startup.csv"))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        wanted = commands(Path(folder))
        for arguments in wanted.values():
            cpu_seconds(arguments)  # compiled once, as an installed package is
        rounds = [{name: cpu_seconds(arguments) for name, arguments in wanted.items()} for _ in range(options.rounds)]
    found = {name: median(one[name] for one in rounds) for name in wanted}
    rows = [
        {
            "command": name,
            "rounds": options.rounds,
            "cpu_s": f"{cpu:.3f}",
            "least_cpu_s": f"{min(one[name] for one in rounds):.3f}",
            "ratio": f"{median(one[name] / one['libraries'] for one in rounds):.2f}",
        }
        for name, cpu in found.items()
    ]
    write_rows(rows, options.out)
    for row in rows:
        print(*row.values(), sep=", ")


if __name__ == "__main__":
    main()
