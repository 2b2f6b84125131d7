"""GETs a draw with a byte cache of a quarter of the bytes: one process, four that share it, and least-recently-used.

    python benchmarks/bench_byte_cache.py

100 classes, 50 to 1, each drawn as often as the largest. Pictures have few pixels, since what is counted is requests.
The four processes take each step together, as the ranks of a training do; what a cache that throws out what was used
longest ago would have asked for is computed from the same draws and the same bytes.
"""

from __future__ import annotations

import argparse
import io
import shutil
import tarfile
import tempfile
from collections import OrderedDict
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

import numpy as np
from buckets import BUCKET, plan_over, store
from machine import write_rows
from numpy.typing import NDArray

from datatool.loader import BalancedLoader
from datatool.samplers import BalancedSampler
from datatool.schemas import Plan
from tests.helpers.pictures import jpeg

CLASSES: Final = 100
IMBALANCE: Final = 50
SHARE: Final = 0.25
MEDIAN_BYTES: Final = 25_000
TOTAL_BATCH: Final = 64
EPOCHS: Final = 3
MOST_GETS: Final = 0.35
MOST_OF_LRU: Final = 0.60
MOST_OF_ONE: Final = 1.10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results/byte_cache.csv"))
    parser.add_argument("--processes", type=int, nargs="*", default=[1, 4])
    parser.add_argument("--largest", type=int, default=50, help="pictures of the largest class")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, store() as server:
        work = Path(folder)
        server.put(f"{BUCKET}/train.tar", write_tar(work / "train.tar", arguments.largest))
        plan = plan_over(f"s3://{BUCKET}/train.tar", work / "bucket.plan")
        lengths = np.array([span.length for span in plan.rows(np.arange(plan.num_rows)).span if span], np.int64)
        budget = int(SHARE * lengths.sum())
        found = {
            f"{count} process{'es' * (count > 1)}": cached(plan, count, budget, work) for count in arguments.processes
        }
        found["least recently used"] = least_recently_used(plan, lengths, budget)
    rows = [
        {"cache": name, "rows": len(lengths), "bytes": int(lengths.sum()), "budget": budget, "epoch": epoch,
         "draws": plan.epoch_size, "gets": gets, "gets_per_draw": round(gets / plan.epoch_size, 4)}
        for name, each in found.items() for epoch, gets in enumerate(each)
    ]  # fmt: skip
    write_rows(rows, arguments.out)
    for row in rows:
        print(row["cache"], "epoch", row["epoch"], "GETs a draw", row["gets_per_draw"])
    print(f"bars from epoch 1: {MOST_GETS} GETs a draw, {MOST_OF_LRU} of LRU's, four {MOST_OF_ONE} of one")


def write_tar(file: Path, largest: int) -> Path:
    """Pictures of few pixels and as many bytes as photographs have, and their classes."""
    random, number = np.random.default_rng(0), 0
    with tarfile.open(file, "w") as archive:
        for label in range(CLASSES):
            for _ in range(round(largest * IMBALANCE ** (-label / (CLASSES - 1)))):
                picture = jpeg(number, width=48, height=48)
                picture += bytes(int(random.lognormal(np.log(MEDIAN_BYTES), 0.4)))  # decoders stop before these
                for end, data in ((".jpg", picture), (".cls", str(label).encode())):
                    info = tarfile.TarInfo(f"{number:06d}{end}")
                    info.size = len(data)
                    archive.addfile(info, io.BytesIO(data))
                number += 1
    return file


def cached(plan: Plan, count: int, budget: int, work: Path) -> NDArray[np.int64]:
    """GETs of each epoch, by so many processes of one machine."""
    spawn = get_context("spawn")
    cache, step, results = work / "cache", spawn.Barrier(count), spawn.Queue()
    given = (str(plan.folder), count, budget, str(cache), step, results)
    ranks = [spawn.Process(target=_rank, args=(rank, *given)) for rank in range(count)]
    for each in ranks:
        each.start()
    gets = sum(np.array(results.get(timeout=600)) for _ in ranks)
    for each in ranks:
        each.join()
    shutil.rmtree(cache)
    return np.asarray(gets)


def _rank(rank: int, plan: str, count: int, budget: int, cache: str, step: Any, results: Any) -> None:
    gets = [0]
    with BalancedLoader(
        plan, batch_size=TOTAL_BATCH // count, rank=rank, world_size=count, local_world_size=count, image_size=32,
        framework="numpy", output="uint8", cache=None, storage_cache=cache, storage_cache_bytes=budget,
    ) as loader:  # fmt: skip
        for epoch in range(EPOCHS):
            for _ in loader.epoch(epoch):
                step.wait(60)
            gets.append(loader.stats()["storage"]["gets"])
            step.wait(60)
    results.put(np.diff(gets).tolist())


def least_recently_used(plan: Plan, lengths: NDArray[np.int64], budget: int) -> NDArray[np.int64]:
    """GETs of each epoch with a cache that throws out what was used longest ago."""
    sampler, held, room, gets = BalancedSampler(plan, batch_size=TOTAL_BATCH), OrderedDict[int, int](), budget, []
    for epoch in range(EPOCHS):
        misses = 0
        for batch in range(len(sampler)):
            for row in sampler.batch(epoch, batch).tolist():
                if row in held:
                    held.move_to_end(row)
                    continue
                misses += 1
                held[row] = int(lengths[row])
                room -= held[row]
                while room < 0:
                    room += held.popitem(last=False)[1]
        gets.append(misses)
    return np.array(gets)


if __name__ == "__main__":
    main()
