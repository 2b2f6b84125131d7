"""Reading images for an audit, beside a bare strict decode loop over the same bytes.

    python benchmarks/bench_audit.py images --list train_list.txt --rounds 5

Contenders: `decode`, simplejpeg's strict decoder over bytes that are in memory already, and nothing else;
`scan_1` and `scan_2`, the audit's whole scan on one and two threads: reading, hashing, comparing, storing.
Images per CPU-second are medians; `wall_s` is the fastest round, because other work on the machine only adds to it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

Measured = dict[str, float]


def decode(listed: Path) -> Measured:
    """A loop of strict decodes."""
    import simplejpeg

    lines = listed.read_text().splitlines()
    data = [(listed.parent / line.rpartition(" ")[0]).read_bytes() for line in lines]
    wall, cpu = time.perf_counter(), time.process_time()
    for one in data:
        simplejpeg.decode_jpeg(one)
    return {"images": len(data), "cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}


def _scan(listed: Path, num_threads: int) -> Measured:
    import cv2  # noqa: F401 - imports are not what is measured
    import pyarrow as pa  # noqa: F401
    import simplejpeg  # noqa: F401

    from datatool.audit.images import scan
    from datatool.audit.images._engines import ThreadEngine
    from datatool.rows import open_rows, resolve

    with open_rows(resolve(str(listed))) as rows:
        rows.read()
        wall, cpu = time.perf_counter(), time.process_time()
        counts = scan(rows.read(), engine=ThreadEngine(num_threads=num_threads), cache=None)
        return {"images": counts.read, "cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}


def scan_1(listed: Path) -> Measured:
    """The scan on one thread."""
    return _scan(listed, 1)


def scan_2(listed: Path) -> Measured:
    """The scan on two threads."""
    return _scan(listed, 2)


CONTENDERS: dict[str, Callable[[Path], Measured]] = {"decode": decode, "scan_1": scan_1, "scan_2": scan_2}
