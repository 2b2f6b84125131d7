"""Ten classes, 50 to 1, drawn equally often from shards in a bucket: datatool beside those who read shards too.

    python benchmarks/bench_shards.py --data ../shared/data/clothing
    python benchmarks/bench_shards.py --data ../shared/data/clothing --only "LitData, in cycles"

Every loader reads its own format, written by its own writer from the same photographs, from the same store on loopback,
whose answers take 5 ms. Counted are classes and rows over two epochs, requests and bytes at the store, and CPU seconds
of the loader's processes; then an epoch is left after some batches, and what is left of it is compared with what one
process and two processes give that go on from the saved state. `plot_shards.py` draws the result.
"""

from __future__ import annotations

import argparse
import copy
import dataclasses
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import traceback
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final
from urllib.error import HTTPError
from urllib.request import urlopen

from buckets import BUCKET, LONG_TAIL, Stopwatch, in_child, plan_over, store
from machine import Results
from shards_contenders import CONTENDERS, Contender, Datatool, LitData, Mosaic, WebDataset
from shards_task import Row, Task

from datatool.schemas import Plan
from tests.helpers.range_server import RangeServer

EPOCHS: Final = 2
Draws = tuple[list[int], list[int]]  # rows, and their classes
FORMATS: Final = (Datatool, WebDataset, Mosaic, LitData)
SETTINGS: Final = {  # name -> (contender, which share of the bytes may be kept on the local disk; None is all)
    "datatool, nothing kept": ("datatool", None),
    "datatool, a quarter kept": ("datatool, byte cache", 0.25),
    "datatool, shards fetched": ("datatool", None),
    "WebDataset, nothing kept": ("WebDataset", None),
    "WebDataset, shards kept": ("WebDataset, kept", None),
    "MosaicML Streaming, a quarter kept": ("MosaicML Streaming", 0.25),
    "MosaicML Streaming, shards kept": ("MosaicML Streaming", None),
    "LitData by weight, a quarter kept": ("LitData, by weight", 0.25),
    "LitData by weight, shards kept": ("LitData, by weight", None),
    "LitData in cycles, shards kept": ("LitData, in cycles", None),
}
FETCHED: Final = "datatool, shards fetched"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with the long-tailed list")
    parser.add_argument("--work", type=Path, help="scratch folder for the shards of every format; kept")
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results/shards.csv"))
    parser.add_argument("--only", action="append", choices=list(SETTINGS), help="one of the loaders; may be repeated")
    parser.add_argument("--latency-ms", type=float, default=5.0)
    parser.add_argument("--draws", type=int, help="fewer than an epoch, to try the script")
    arguments = parser.parse_args()
    os.environ["LITDATA_DISABLE_VERSION_CHECK"] = "1"
    results = Results(arguments.out)
    with tempfile.TemporaryDirectory() as folder, store() as server:
        task = prepare(server, arguments.data.resolve(), arguments.work or Path(folder), arguments.draws)
        server.latency = arguments.latency_ms / 1000
        for name in arguments.only or SETTINGS:
            if not results.has(loader=name):
                found = measured(server, name, task)
                load = round(os.getloadavg()[0], 1)
                results.add({"loader": name, "latency_ms": arguments.latency_ms, **found, "load": load})


def prepare(server: RangeServer, data: Path, work: Path, draws: int | None) -> Task:
    """Shards of every format in the bucket, and a plan over ours."""
    work.mkdir(parents=True, exist_ok=True)
    lines = (data / LONG_TAIL).read_text().splitlines()
    split = [line.rpartition(" ") for line in lines if line]
    rows = [Row(number, int(label), data / path) for number, (path, _, label) in enumerate(split)]
    for each in FORMATS:
        if not (work / each.folder).exists():
            in_child(each.write, rows, work / each.folder)
        server.put_folder(f"{BUCKET}/{each.folder}", work / each.folder)
    plan = plan_over(f"s3://{BUCKET}/datatool/train-*.tar", Path(tempfile.mkdtemp(dir=work)) / "bucket.plan")
    return Task(
        url=server.url,
        written=work,
        work=Path(tempfile.mkdtemp(dir=work)) / "local",
        plan=plan.folder,
        epoch_size=draws or plan.epoch_size,
        num_classes=len({row.label for row in rows}),
    )


def measured(server: RangeServer, name: str, task: Task) -> dict[str, Any]:
    """One loader's row."""
    kind, share = SETTINGS[name]
    size = sum(len(data) for key, data in server.objects.items() if key.startswith(f"{BUCKET}/datatool/"))
    task = dataclasses.replace(task, keep_bytes=None if share is None else int(share * size))
    shutil.rmtree(task.work, ignore_errors=True)
    task.work.mkdir(parents=True)
    server.requests.clear()
    server.gets.clear()
    if name == FETCHED:
        task = dataclasses.replace(task, plan=fetched(task))
    seen = in_child(drawn, kind, task)
    shutil.rmtree(task.work)
    counted = {**judged(seen["epochs"], task), **asked(server, [len(rows) for rows, _ in seen["epochs"]])}
    speed = {name: seen[name] for name in ("images_per_cpu_s", "images_per_s")}
    return {**counted, **speed, **resumed(kind, task, seen["state"], seen["left"])}


def fetched(task: Task) -> Path:
    """A plan over copies of the shards, as `balance --fetch` makes it."""
    plan = task.work.with_name("fetched.plan")
    shards = f"s3://{BUCKET}/datatool/train-*.tar"
    options = ["--fetch", str(task.work.with_name("shards")), "--strategy", "oversample", "--out", str(plan)]
    subprocess.run(
        [sys.executable, "-m", "datatool", "balance", shards, *options], check=True, stdout=subprocess.DEVNULL
    )
    return plan


def drawn(kind: str, task: Task) -> dict[str, Any]:
    """In a child: two epochs, what was drawn, what it cost, and the state in the first.

    The first batch, before the clock, imports and opens.
    """
    contender = CONTENDERS[kind](task)
    watch, clocked, draws, saved = None, 0, list[Draws](), Saved()
    for number in range(EPOCHS):
        rows, labels = list[int](), list[int]()
        for batch in contender.epoch(number):
            rows += batch.rows
            labels += batch.labels
            clocked += len(batch.rows) if watch else 0
            watch = watch or Stopwatch()
            if number == 0:
                saved.see(contender, batch.rows, task)
        draws.append((rows, labels))
        mark(task.url)
    assert watch is not None
    spent = watch.read()
    return {
        "epochs": draws,
        "state": saved.state,
        "left": saved.left,
        "images_per_cpu_s": round(clocked / spent["cpu_s"], 1),
        "images_per_s": round(clocked / spent["wall_s"], 1),
    }


class Saved:
    """The state of a contender after most of an epoch, or of a pass, and how often each row comes in the rest of it."""

    def __init__(self) -> None:
        self.state: Any = None
        self.left: Counter[int] = Counter()
        self._batches = self._passes = 0

    def see(self, contender: Contender, rows: list[int], task: Task) -> None:
        """Be told of a batch."""
        self._batches += 1
        if self.state is not None and contender.passes == self._passes:
            self.left.update(rows)
        if self._batches == contender.leave_after(task) and not contender.cannot_resume:
            self.state, self._passes = copy.deepcopy(contender.state()), contender.passes


def mark(url: str) -> None:
    """Leave a sign between the requests of one epoch and those of the next."""
    with suppress(HTTPError):
        urlopen(f"{url}/mark", timeout=10)


def judged(epochs: list[Draws], task: Task) -> dict[str, Any]:
    """Draws against the quotas of the plan, and how evenly they use the rows."""
    plan = Plan.open(task.plan)
    quotas = (plan.quotas(0) * task.epoch_size // plan.epoch_size).tolist()
    counts = [Counter(labels) for _, labels in epochs]
    uses = Counter(row for rows, _ in epochs for row in rows)
    label_of = {row: label for drawn in epochs for row, label in zip(*drawn, strict=True)}
    sizes = Counter(label_of.values())
    smallest = [uses[row] for row, label in label_of.items() if label == min(sizes, key=lambda each: sizes[each])]
    seen = len(set(epochs[0][0]))
    return {
        "draws": len(epochs[0][0]),
        "quota": quotas[0],
        "largest_deviation": max(abs(each[label] - quota) for each in counts for label, quota in enumerate(quotas)),
        "rows": plan.num_rows,
        "seen": seen,
        "seen_share": round(seen / plan.num_rows, 4),
        "least_uses_of_smallest": min(smallest),
        "most_uses_of_smallest": max(smallest),
    }


def asked(server: RangeServer, draws: list[int]) -> dict[str, Any]:
    """GETs of objects and their bytes for each draw, by epoch: the first fills what is kept."""
    found: dict[str, Any] = {}
    gets, epoch = [0] * (EPOCHS + 1), 0
    num_bytes = [0] * (EPOCHS + 1)
    for key, part in list(server.gets):
        if key == "mark":
            epoch += 1
            continue
        gets[epoch] += 1
        first, _, last = part.removeprefix("bytes=").partition("-")
        num_bytes[epoch] += int(last) - int(first) + 1 if first and last else len(server.objects.get(key, b""))
    for epoch, count in enumerate(draws):
        found[f"gets_per_draw_{epoch}"] = round(gets[epoch] / count, 4)
        found[f"kb_per_draw_{epoch}"] = round(num_bytes[epoch] / count / 1000, 2)
    return found


def resumed(kind: str, task: Task, state: Any, left: Counter[int]) -> dict[str, Any]:
    """Which part of the rest of an epoch comes from one process and from two that go on, and what comes besides."""
    if reason := getattr(CONTENDERS[kind], "cannot_resume", ""):
        return {"left": "", "resumed": reason, "resumed_by_two": reason}
    found: dict[str, Any] = {"left": sum(left.values())}
    for column, count in (("resumed", 1), ("resumed_by_two", 2)):
        task.work.mkdir()  # the same again: LitData's states hold it
        try:
            rows = together(kind, task, state, count)
        except Exception as error:  # noqa: BLE001 - a peer's failure is a result
            found[column] = told(error)
            continue
        finally:
            shutil.rmtree(task.work)
        same = sum((left & rows).values())
        found[column] = f"{same} of {sum(left.values())}, and {sum(rows.values()) - same} others"
    return found


def together(kind: str, task: Task, state: Any, count: int) -> Counter[int]:
    """Rows of so many processes that go on together."""
    ranks = [ProcessPoolExecutor(1, mp_context=get_context("spawn")) for _ in range(count)]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    parts = [
        pool.submit(gone_on, kind, dataclasses.replace(task, rank=rank, world_size=count), state, port)
        for rank, pool in enumerate(ranks)
    ]
    try:
        return sum((part.result(timeout=600) for part in parts), Counter())
    finally:
        for pool in ranks:
            pool.shutdown(wait=False, cancel_futures=True)


def gone_on(kind: str, task: Task, state: Any, port: int) -> Counter[int]:
    """In a child: what a rank gives that goes on."""
    rank, count = str(task.rank), str(task.world_size)
    os.environ |= {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": count, "LOCAL_WORLD_SIZE": count}
    os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    contender = CONTENDERS[kind](task)
    contender.load(state)
    return Counter(row for batch in contender.rest() for row in batch.rows)


def told(error: BaseException) -> str:
    """An error as a cell of the table."""
    traceback.print_exception(error, file=sys.stderr)
    return f"{type(error).__name__}: {(str(error).strip() or '?').splitlines()[-1][:120]}"


if __name__ == "__main__":
    main()
