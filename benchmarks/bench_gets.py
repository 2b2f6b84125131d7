"""Client CPU for each range of a shard in a bucket, beside boto3: `python benchmarks/bench_gets.py --data FOLDER`.

datatool reads as its loader does: by threads that read ahead within a budget of bytes, conditional on the ETag. boto3
reads by `get_object(Range=...)` from a pool of as many threads. Each reads the same members of the same shards, in the
same order, in a process of its own; the bytes are compared.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import tempfile
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from typing import Any, Final

import numpy as np
from buckets import BUCKET, Stopwatch, in_child, packed, plan_over, store
from machine import write_rows

from datatool.schemas import Plan
from datatool.storage import Member, ReadAhead, locate_rows, read

Reader = Callable[[list[Member], dict[str, int]], Iterator[bytes]]
ROUNDS: Final = 3
THREADS: Final = 16
BATCH: Final = 64
BUDGET: Final = 384 << 10  # bytes in flight: 13 of these photographs, fewer than threads, so that it binds
MOST_OF_BOTO3: Final = 0.25


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with the long-tailed list")
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results/gets.csv"))
    parser.add_argument("--gets", type=int, default=2000)
    parser.add_argument("--latency-ms", type=float, default=5.0)
    arguments = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as work, store(latency_ms=arguments.latency_ms) as server:
        server.put_folder(BUCKET, packed(arguments.data, Path(work)))
        plan = plan_over(f"s3://{BUCKET}/train-*.tar", Path(work) / "bucket.plan").folder
        for number in range(ROUNDS):
            found = {name: in_child(measured, reader, plan, arguments.gets, number) for name, reader in READERS.items()}
            assert len({each.pop("digest") for each in found.values()}) == 1, "both must read the same bytes"
            rows += [
                {"round": number, "client": name, "threads": THREADS, "latency_ms": arguments.latency_ms, **each}
                for name, each in found.items()
            ]
    write_rows(rows, arguments.out)
    ours, theirs = (median(row["cpu_us_per_get"] for row in rows if row["client"] == each) for each in READERS)
    most = max(row["most_in_flight"] for row in rows if row["client"] == "datatool")
    print(f"CPU a GET: {ours:.0f} us, boto3 {theirs:.0f} us: {ours / theirs:.3f} of it (bar {MOST_OF_BOTO3})")
    print(f"bytes in flight, at most: {most:,} of a budget of {BUDGET:,}")


def measured(reader: Reader, plan: Path, count: int, seed: int) -> dict[str, Any]:
    """Members read in an order that the seed draws, and what they cost this process."""
    members = drawn_members(plan, count, seed)
    list(reader(members[:THREADS], {}))  # imports, connections
    digest, num_bytes, counts = hashlib.blake2b(), 0, dict[str, int]()
    watch = Stopwatch()
    for data in reader(members, counts):
        digest.update(data)
        num_bytes += len(data)
    spent = watch.read()
    cost = round(spent["cpu_s"] / count * 1e6, 1)
    return {
        "gets": count,
        "bytes": num_bytes,
        **spent,
        "cpu_us_per_get": cost,
        "budget": BUDGET,
        "most_in_flight": counts.get("most_in_flight", ""),
        "digest": digest.hexdigest(),
    }


def drawn_members(plan: Path, count: int, seed: int) -> list[Member]:
    """Locators of members of shards, with their places."""
    opened = Plan.open(plan)
    drawn = np.random.default_rng(seed).integers(opened.num_rows, size=count)
    return locate_rows(opened.rows(drawn))  # type: ignore[return-value]


def by_datatool(members: list[Member], counts: dict[str, int]) -> Iterator[bytes]:
    """As the loader reads: all are asked for, batch by batch, two batches ahead."""
    ahead = ReadAhead(num_threads=THREADS, budget=BUDGET)
    waiting: deque[Any] = deque()
    for first in range(0, len(members), BATCH):
        waiting.append(ahead(members[first : first + BATCH]))
        if len(waiting) > 2:
            yield from (read(each, max_bytes=1 << 30) for each in waiting.popleft())
    for batch in waiting:
        yield from (read(each, max_bytes=1 << 30) for each in batch)
    counts["most_in_flight"] = ahead.counts.most_in_flight
    ahead.close()


def by_boto3(members: list[Member], counts: dict[str, int]) -> Iterator[bytes]:
    """One client for all threads, as its documentation advises, with a connection for each."""
    counts.clear()
    import boto3
    from botocore.config import Config

    client = boto3.client(
        "s3", endpoint_url=os.environ["AWS_ENDPOINT_URL"], config=Config(max_pool_connections=THREADS)
    )

    def get(member: Member) -> bytes:
        container, offset, length = member.span
        key = container.path.removeprefix(f"s3://{BUCKET}/")
        asked = f"bytes={offset}-{offset + length - 1}"
        data: bytes = client.get_object(Bucket=BUCKET, Key=key, Range=asked, IfMatch=container.etag)["Body"].read()
        return data

    with ThreadPoolExecutor(THREADS) as threads:
        yield from threads.map(get, members)


READERS: Final[dict[str, Reader]] = {"datatool": by_datatool, "boto3": by_boto3}


if __name__ == "__main__":
    main()
