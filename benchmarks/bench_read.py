"""Reading images in random order: members of an open tar beside files, by datatool and by bare calls of the system.

    python benchmarks/bench_read.py --work scratch --out benchmarks/results/read.csv --rounds 12

One tar and one folder of the same images, in the page cache. Columns: way, round, microseconds of CPU an image. Each
way's bytes are compared first. What is printed are ratios of medians; the ceiling is `os.pread` against `os.open`,
`os.read` and `os.close`.
"""

from __future__ import annotations

import argparse
import io
import os
import random
import sys
import tarfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
from machine import write_rows

IMAGES, BYTES, READS = 5_000, 28_000, 2_000
RATIOS = (
    ("datatool, tar", "datatool, files"),
    ("datatool, tar", "open().read()"),
    ("datatool, tar", "os.open, os.read, os.close"),
    ("os.pread", "os.open, os.read, os.close"),
    ("os.fstat, os.pread", "os.open, os.read, os.close"),
)


def images(folder: Path) -> tuple[Path, list[Path]]:
    """A tar and files with the same random bytes, made once."""
    tar, names = folder / "read.tar", [f"{number:05d}.jpg" for number in range(IMAGES)]
    if not tar.exists():
        (folder / "files").mkdir(parents=True, exist_ok=True)
        with tarfile.open(tar, "w") as out:
            for name in names:
                data = os.urandom(BYTES)
                (folder / "files" / name).write_bytes(data)
                member = tarfile.TarInfo(name)
                member.size = len(data)
                out.addfile(member, io.BytesIO(data))
    return tar, [folder / "files" / name for name in names]


def ways(tar: Path, files: list[Path]) -> dict[str, Callable[[int], bytes]]:
    """By name: the number of an image to its bytes."""
    from datatool.storage import Member, members_of, read

    table = members_of(str(tar))
    members = [Member(f"{tar}/{file.name}", table.span(file.name)) for file in files]  # type: ignore[arg-type]
    spans, paths = [member.span for member in members], [str(file) for file in files]
    handle = os.open(tar, os.O_RDONLY)

    def bare(number: int) -> bytes:
        file = os.open(paths[number], os.O_RDONLY)
        data = os.read(file, BYTES + 1)
        os.close(file)
        return data

    def plain(number: int) -> bytes:
        with open(paths[number], "rb") as file:
            return file.read()

    def checked(number: int) -> bytes:
        os.fstat(handle)
        return os.pread(handle, spans[number].length, spans[number].offset)

    return {
        "datatool, tar": lambda number: read(members[number], max_bytes=1 << 20),
        "datatool, files": lambda number: read(paths[number], max_bytes=1 << 20),
        "os.pread": lambda number: os.pread(handle, spans[number].length, spans[number].offset),
        "os.fstat, os.pread": checked,
        "os.open, os.read, os.close": bare,
        "open().read()": plain,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True, help="where tar and files are made, and kept")
    parser.add_argument("--out", type=Path, default=Path("read.csv"))
    parser.add_argument("--rounds", type=int, default=12)
    arguments = parser.parse_args()
    tar, files = images(arguments.work.resolve())
    found = ways(tar, files)
    order = random.Random(0).sample(range(IMAGES), READS)
    for number in order:
        assert len({read(number) for read in found.values()}) == 1
    rows: list[dict[str, Any]] = []
    for turn in range(1, arguments.rounds + 1):
        for name, read in list(found.items())[:: 1 if turn % 2 else -1]:
            cpu = time.process_time()
            for number in order:
                read(number)
            spent = (time.process_time() - cpu) / READS * 1e6
            rows.append({"way": name, "round": turn, "us_per_image": round(spent, 2)})
    write_rows(rows, arguments.out)
    medians = {name: median(row["us_per_image"] for row in rows if row["way"] == name) for name in found}
    for name, value in medians.items():
        print(f"{name:28} {value:6.1f} us")
    for fast, slow in RATIOS:
        print(f"{fast} is {medians[slow] / medians[fast]:.2f}x {slow}")


if __name__ == "__main__":
    main()
