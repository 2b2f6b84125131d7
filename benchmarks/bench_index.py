"""CPU seconds to find 100,000 members of a tar, beside Python's tarfile: `python benchmarks/bench_index.py`.

Each reads the same tar in a process of its own, warm, in turns; what they found is compared.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import os
import tarfile
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any, Final

from buckets import in_child
from machine import write_rows

MOST_CPU_S: Final = 1.5
LEAST_TIMES: Final = 3.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results/index_tar.csv"))
    parser.add_argument("--members", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        tar = write_tar(Path(folder) / "many.tar", arguments.members)
        rows = [row for number in range(arguments.rounds) for row in measured(tar, number)]
    write_rows(rows, arguments.out)
    ours, theirs = (median(row["cpu_s"] for row in rows if row["reader"] == each) for each in READERS)
    print(
        f"datatool {ours:.2f} CPU-s (bar {MOST_CPU_S}), tarfile {theirs:.2f}: {theirs / ours:.1f}x (bar {LEAST_TIMES})"
    )


def write_tar(file: Path, members: int) -> Path:
    """A tar of pictures of 8 kB and their classes, named as WebDataset has them."""
    data = bytes(8192)
    with tarfile.open(file, "w", format=tarfile.USTAR_FORMAT) as archive:
        for number in range(members // 2):
            for end, content in ((".jpg", data), (".cls", b"7")):
                info = tarfile.TarInfo(f"train/{number:09d}{end}")
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
    return file


def measured(tar: Path, number: int) -> list[dict[str, Any]]:
    """A row for each reader."""
    rows = []
    digests = set()
    for name, reader in READERS.items():
        found = in_child(timed, reader, str(tar))
        digests.add(found.pop("digest"))
        rows.append({"round": number, "reader": name, "tar_mb": round(tar.stat().st_size / 1e6), **found})
    assert len(digests) == 1, "both must find the same members at the same places"
    return rows


def timed(reader: Any, tar: str) -> dict[str, Any]:
    """How long one reader takes, and what it found."""
    small = write_tar(Path(tar).with_name("small.tar"), 4)
    reader(str(small))  # imports
    cpu, wall = time.process_time(), time.perf_counter()
    places = reader(tar)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    text = "".join(f"{name} {offset} {length}\n" for name, (offset, length) in sorted(places.items()))
    found = {"members": len(places), "cpu_s": round(cpu, 3), "wall_s": round(wall, 3)}
    return {**found, "digest": hashlib.blake2b(text.encode()).hexdigest()}


def by_datatool(tar: str) -> dict[str, tuple[int, int]]:
    """Where the bytes of each member are; the table is read from the tar, and kept in a cache folder that is new."""
    from datatool.storage import members_of

    with tempfile.TemporaryDirectory() as cache:
        os.environ["XDG_CACHE_HOME"] = cache
        members = members_of(tar)
    return dict(zip(members.names, zip(members.offset.tolist(), members.length.tolist(), strict=True), strict=True))


def by_tarfile(tar: str) -> dict[str, tuple[int, int]]:
    """The same by the standard library."""
    with tarfile.open(tar, "r:") as archive:
        return {member.name: (member.offset_data, member.size) for member in archive}


READERS: Final = {"datatool": by_datatool, "tarfile": by_tarfile}


if __name__ == "__main__":
    main()
