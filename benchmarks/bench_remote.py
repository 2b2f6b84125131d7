"""Loading from a bucket that takes 20 ms to answer, beside the same shards on a local disk, in turns.

python benchmarks/bench_remote.py --data ../shared/data/clothing --rounds 8

The bucket is nginx on loopback (`nginx.py` says what is to be installed), whose CPU seconds are given beside the
client's. `--server tests` takes the store of the tests instead, which answers in Python threads on the same cores.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, Final

from buckets import BUCKET, Stopwatch, in_child, packed, plan_over, store, tell_client
from machine import tree_cpu, write_rows
from nginx import nginx

IO_THREADS: Final = 64
BATCH: Final = 64
LEAST_OF_LOCAL: Final = 0.70


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with the long-tailed list")
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results/remote.csv"))
    parser.add_argument("--steps", type=int, default=60, help="batches a round")
    parser.add_argument("--latency-ms", type=float, default=20.0)
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--server", choices=list(SERVERS), default="nginx")
    arguments = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as work:
        folder = packed(arguments.data, Path(work))
        with SERVERS[arguments.server](folder, arguments.latency_ms, Path(work) / "store") as server_cpu:
            last = max(file.stem for file in folder.glob("train-*.tar")).removeprefix("train-")
            shards = f"train-{{00000..{last}}}.tar"
            plans = {
                "local tars": plan_over(f"{folder}/train-*.tar", Path(work) / "local.plan").folder,
                "bucket": plan_over(f"s3://{BUCKET}/{shards}", Path(work) / "bucket.plan").folder,
            }
            for number in range(arguments.rounds):
                for name, plan in plans.items():
                    before = server_cpu()
                    spent = in_child(loaded, plan, arguments.steps)
                    told = {"round": number, "from": name, "server": arguments.server}
                    told |= {"latency_ms": arguments.latency_ms, **spent}
                    rows.append(told | {"server_cpu_s": round(server_cpu() - before, 2)})
                    print(rows[-1], flush=True)
    write_rows(rows, arguments.out)
    for unit in ("images_per_s", "images_per_cpu_s"):
        local, remote = (median(row[unit] for row in rows if row["from"] == name) for name in plans)
        print(f"{unit}: {remote:.0f} from the bucket, {local:.0f} from tars: {remote / local:.2f}")
    print(f"the bar for images a second is {LEAST_OF_LOCAL}")


@contextmanager
def of_tests(folder: Path, latency_ms: float, _: Path) -> Iterator[Callable[[], float]]:
    """The store of the tests, in this process."""
    with store(latency_ms=latency_ms) as server:
        server.put_folder(BUCKET, folder)
        yield time.process_time


@contextmanager
def of_nginx(folder: Path, latency_ms: float, work: Path) -> Iterator[Callable[[], float]]:
    """nginx; yields what tells its CPU seconds."""
    with nginx(folder, bucket=BUCKET, latency_ms=latency_ms, folder=work) as (url, pid):
        tell_client(url)
        yield partial(tree_cpu, pid)


SERVERS: Final = {"nginx": of_nginx, "tests": of_tests}


def loaded(plan: Path, steps: int) -> dict[str, Any]:
    """Batches of 224 pixels after a few that warm up."""
    from datatool.loader import BalancedLoader

    with BalancedLoader(
        plan, batch_size=BATCH, image_size=224, framework="numpy", output="uint8", cache=None, io_threads=IO_THREADS
    ) as loader:
        batches = loader.epoch(0)
        for _ in range(4):
            next(batches)
        watch = Stopwatch()
        images = sum(len(next(batches).rows) for _ in range(steps))
        spent = watch.read()
        stored = loader.stats()["storage"] or {}
    return {
        "io_threads": IO_THREADS,
        "images": images,
        **spent,
        "images_per_s": round(images / spent["wall_s"], 1),
        "images_per_cpu_s": round(images / spent["cpu_s"], 1),
        "gets": stored.get("gets", 0),
        "most_in_flight": stored.get("most_in_flight", 0),
    }


if __name__ == "__main__":
    main()
