"""Loading from a bucket that takes 20 ms to answer, beside the same shards on a local disk, in turns.

python benchmarks/bench_remote.py --data ../shared/data/clothing
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from statistics import median
from typing import Any, Final

from buckets import BUCKET, Stopwatch, in_child, packed, plan_over, store
from machine import write_rows

IO_THREADS: Final = 64
BATCH: Final = 64
LEAST_OF_LOCAL: Final = 0.70


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with the long-tailed list")
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results/remote.csv"))
    parser.add_argument("--steps", type=int, default=60, help="batches a round")
    parser.add_argument("--latency-ms", type=float, default=20.0)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as work, store(latency_ms=arguments.latency_ms) as server:
        folder = packed(arguments.data, Path(work))
        server.put_folder(BUCKET, folder)
        plans = {
            "local tars": plan_over(f"{folder}/train-*.tar", Path(work) / "local.plan").folder,
            "bucket": plan_over(f"s3://{BUCKET}/train-*.tar", Path(work) / "bucket.plan").folder,
        }
        for number in range(arguments.rounds):
            rows += [
                {
                    "round": number,
                    "from": name,
                    "latency_ms": arguments.latency_ms,
                    **in_child(loaded, plan, arguments.steps),
                }
                for name, plan in plans.items()
            ]
    write_rows(rows, arguments.out)
    local, remote = (median(row["images_per_s"] for row in rows if row["from"] == name) for name in plans)
    print(f"{remote:.0f} images/s from the bucket, {local:.0f} from tars: {remote / local:.2f} (bar {LEAST_OF_LOCAL})")


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
