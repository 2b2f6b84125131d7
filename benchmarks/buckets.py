"""What the benchmarks of shards and buckets share: packed photographs, a store on loopback, children that are measured.

The store runs in the benchmark's own process and the client in a child, so that CPU seconds are the client's alone.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final, TypeVar

sys.path.insert(0, str(Path(__file__).parents[1]))
from machine import tree_cpu

from datatool.balance import make_plan
from datatool.pack import PackOptions, pack
from datatool.rows import open_rows, resolve
from datatool.schemas import Plan
from tests.helpers.range_server import RangeServer, range_server

BUCKET: Final = "bench"
LONG_TAIL: Final = "train_longtail_list.txt"  # 1,680 photographs of 10 classes, 600 to 12
SHARD_BYTES: Final = 1 << 20  # the photographs are 50 MB: a fiftieth, as shards of 256 MB are of 13 GB
Got = TypeVar("Got")


def packed(data: Path, work: Path) -> Path:
    """The long-tailed photographs as tars, made once."""
    out = work / "packed"
    with open_rows(resolve(str(data / LONG_TAIL), root=str(data))) as rows:
        pack(rows, out=out, options=PackOptions(shard_bytes=SHARD_BYTES))
    return out


def plan_over(dataset: str, out: Path) -> Plan:
    """A plan in which every class is drawn as often as the largest."""
    with open_rows(resolve(dataset)) as rows:
        return make_plan(rows, strategy="oversample", out=out)


@contextmanager
def store(*, latency_ms: float = 0.0) -> Iterator[RangeServer]:
    """An empty store that this process and its children find by their environment, as they find Amazon's."""
    with range_server() as server:
        server.latency = latency_ms / 1000
        tell_client(server.url)
        yield server


def tell_client(url: str) -> None:
    """Let this process and its children find a store."""
    os.environ |= {
        "AWS_ENDPOINT_URL": url,
        "S3_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "benchmark",
        "AWS_SECRET_ACCESS_KEY": "benchmark",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
    }


def in_child(work: Callable[..., Got], /, *arguments: Any) -> Got:
    """What a function of a module returns in a process of its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as child:
        return child.submit(work, *arguments).result()


class Stopwatch:
    """Wall and CPU seconds, of this process and its children, since it was made."""

    def __init__(self) -> None:
        self._cpu, self._wall = tree_cpu(), time.perf_counter()

    def read(self) -> dict[str, float]:
        """As columns."""
        wall, cpu = time.perf_counter() - self._wall, tree_cpu() - self._cpu
        return {"wall_s": round(wall, 3), "cpu_s": round(cpu, 3)}
