"""Balanced samplers side by side: exactness, coverage, speed and memory; and how our own bounds hold.

    python benchmarks/bench_sampler.py --out benchmarks/results/sampler.csv --rounds 3

Each measurement is a process of its own, rounds are interleaved. `plot_sampler.py` draws the medians. Rows:

* `epoch`: one class-balanced epoch of a long tail. Worst class: |draws - aim| / aim over classes with an aim of at
  least 30; worst batch: |draws - ideal| in any batch; unseen: images of classes with as many draws as images that the
  epoch leaves out.
* `scale`: datatool alone, 100,000 classes, rows from 430 thousand to 43 million, batches of 256 and 4,096.
* `open`: a plan folder of 100,000 cells; `bench_plan.py` opens one of 43 M rows.
* `bound`: worst deviation over the twenty quota shapes of the tests.
* `parts`: nanoseconds of a draw in batches of 4,096 at 100,000 cells, the least of many runs of 32 batches that follow
  each other: window, tree, order inside the cell; of a draw in a batch that is asked for alone; and of an index of
  `numpy.random.Generator.permutation` over 4,096, 100,000 and 4.3 M, in the same process.

`--kinds parts` measures some kinds only; results/sampler_scale.csv has `scale` and `open`, measured on another machine
than what results/sampler.csv has of `epoch`.
"""

from __future__ import annotations

import argparse
import csv
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parent))
from machine import describe
from sampler_peers import PEERS, equal_quota, factors

I64 = NDArray[np.int64]
COLUMNS = ["kind", "contender", "classes", "rows", "batch", "round", "quantity", "value", "note"]
SECONDS = 5.0  # a measurement stops after so long, and its rate is that of what it did
SIZES = [(1000, 1_280_000), (100_000, 43_000_000)]
# Most classes they are asked for: more takes hours, or gigabytes of Python integers.
SLOW = {"imbalanced-learn": 1000, "P x K (PKSampler's rule)": 1000, "repeat factors (detectron2's rule)": 1000}


def main() -> None:
    options = parse()
    if options.one:
        print(json.dumps(measure(json.loads(options.one))))
        return
    options.out.parent.mkdir(parents=True, exist_ok=True)
    with options.out.open("w", newline="") as file:
        head = {**describe(), "time": datetime.now(UTC).isoformat(timespec="seconds")}
        file.writelines(f"# {name}: {value}\n" for name, value in head.items())
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        for number in range(options.rounds):
            for task in (each for each in tasks(first=number == 0) if each["kind"] in options.kinds):
                for line in run(task):
                    row = {**task, "round": number, **line}
                    writer.writerow(row)
                    file.flush()
                    print(*row.values(), sep=", ")


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results/sampler.csv"))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--kinds", nargs="+", choices=list(KINDS), default=list(KINDS))
    parser.add_argument("--one", help=argparse.SUPPRESS)
    return parser.parse_args()


def tasks(*, first: bool) -> Iterator[dict[str, Any]]:
    for classes, rows in SIZES:
        for contender in PEERS:
            if classes <= SLOW.get(contender, classes):
                yield {"kind": "epoch", "contender": contender, "classes": classes, "rows": rows, "batch": 256}
    for rows in (430_000, 4_300_000, 43_000_000):
        for batch in (256, 4096):
            yield {"kind": "scale", "contender": "datatool", "classes": 100_000, "rows": rows, "batch": batch}
    yield {"kind": "parts", "contender": "datatool", "classes": 100_000, "rows": 43_000_000, "batch": 4096}
    yield {"kind": "open", "contender": "datatool", "classes": 100_000, "rows": 1_000_000, "batch": 256}
    if first:
        yield {"kind": "bound", "contender": "datatool"}


def run(task: dict[str, Any]) -> list[dict[str, Any]]:
    """Measure in a process of its own; what fails or takes too long is a line too."""
    command = [sys.executable, __file__, "--one", json.dumps(task)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    except subprocess.TimeoutExpired:
        return [{"quantity": "failed", "note": "took more than 300 s"}]
    if done.returncode:
        return [{"quantity": "failed", "note": done.stderr.strip().splitlines()[-1]}]
    return [dict(line) for line in json.loads(done.stdout.splitlines()[-1])]


def measure(task: dict[str, Any]) -> list[dict[str, Any]]:
    return KINDS[task["kind"]](task)


def long_tail(classes: int, rows: int) -> I64:
    """Rows of each class, Pareto with the shape 1.2, at least one."""
    weight = np.sort(np.random.default_rng(0).pareto(1.2, classes) + 0.05)[::-1]
    found: I64 = np.maximum(1, weight / weight.sum() * rows).astype(np.int64)
    found[0] += rows - int(found.sum())
    return found


def measure_epoch(task: dict[str, Any]) -> list[dict[str, Any]]:
    rows = long_tail(task["classes"], task["rows"])
    before = held()
    start = time.process_time()
    batches = PEERS[task["contender"]](rows, task["rows"], task["batch"])
    drawn = [next(batches)]
    set_up = time.process_time() - start
    start, stop = time.process_time(), time.monotonic() + SECONDS
    for batch in batches:
        drawn.append(batch)
        if len(drawn) % 16 == 0 and time.monotonic() > stop:
            break
    rate = sum(map(len, drawn[1:])) / (time.process_time() - start)
    peak = memory() - before - sum(map(len, drawn)) * 8 / 2**20
    lines = {"set-up s": set_up, "indices per s": rate, "epoch s": set_up + task["rows"] / rate}
    lines["memory MiB"] = max(peak, 0.0)
    if sum(map(len, drawn)) >= 0.9 * task["rows"]:
        lines |= judge(task, rows, drawn)
    return [{"quantity": name, "value": f"{value:.6g}"} for name, value in lines.items()]


def judge(task: dict[str, Any], rows: I64, drawn: list[I64]) -> dict[str, float]:
    """How exact the epoch was."""
    order = np.concatenate(drawn)
    own_aim = task["contender"].startswith("repeat")
    aim = factors(rows, task["rows"]) if own_aim else equal_quota(len(rows), task["rows"]).astype(float)
    label = np.repeat(np.arange(len(rows), dtype=np.int32), rows)
    counts = np.bincount(label[order], minlength=len(rows))
    large = aim >= 30
    seen = np.bincount(order, minlength=task["rows"]) > 0
    covered = (aim >= rows)[label]
    worst = 0.0
    if len(rows) <= 1000:
        worst = max(
            float(np.abs(np.bincount(label[b], minlength=len(rows)) - aim * len(b) / aim.sum()).max()) for b in drawn
        )
    return {
        "worst class %": 100 * float((np.abs(counts - aim) / aim)[large].max()),
        "worst batch": worst,
        "unseen %": 100 * float(1 - seen[covered].mean()),
    }


def measure_scale(task: dict[str, Any]) -> list[dict[str, Any]]:
    from datatool.samplers import BalancedSampler
    from tests.helpers.memory_plans import memory_plan

    rows = long_tail(task["classes"], task["rows"])
    BalancedSampler(memory_plan([5, 5]), batch_size=4).batch(0, 0)
    before = held()
    start = time.process_time()
    sampler = BalancedSampler(memory_plan(rows, rows=rows), batch_size=task["batch"])
    sampler.batch(0, 0)
    set_up = time.process_time() - start
    first = len(sampler) // 2
    steps = range(first, min(len(sampler) - 1, first + max(1, 400_000 // task["batch"])))
    start = time.process_time()
    count = sum(len(sampler.batch(0, step)) for step in steps)
    rate = count / (time.process_time() - start)
    positions = sampler.positions(0, first)[:256]
    sampler.next_uses(0, positions)
    start = time.process_time()
    sampler.next_uses(0, positions)
    ahead = len(positions) / (time.process_time() - start)
    values = {"set-up s": set_up, "indices per s": rate, "next uses per s": ahead, "memory MiB": memory() - before}
    return [{"quantity": name, "value": f"{value:.6g}"} for name, value in values.items()]


def measure_parts(task: dict[str, Any]) -> list[dict[str, Any]]:
    """Where the time of a batch goes, beside a permutation of numpy."""
    from datatool.samplers import BalancedSampler
    from datatool.samplers.order import Timeline
    from tests.helpers.memory_plans import memory_plan

    rows, size = long_tail(task["classes"], task["rows"]), task["batch"]
    plan = memory_plan(rows, rows=rows)
    sampler = BalancedSampler(plan, batch_size=size)
    order: Any = Timeline(plan, total_batch=size, seed=0, window=1).order(0)
    count = 32  # as many as are computed together, so that each run pays for as many as it takes
    steps, others = iter(range(count, len(sampler))), iter(range(100, len(sampler), 50))
    first, end = 0, count * size
    random = np.random.default_rng(0)
    for _ in range(2 * count):
        sampler.batch(0, next(steps))
    found = {
        "batch": least(lambda: [sampler.batch(0, next(steps)) for _ in range(count)]) / end,
        "window and tree": least(lambda: order.draws(np.arange(first, end))) / end,
        "tree": least(lambda: order.tree.draws_between(first, end, 1)) / end,
        "batch alone": least(lambda: sampler.batch(0, next(others))) / size,
    }
    found["window"] = found["window and tree"] - found["tree"]
    found["order inside the cell"] = found["batch"] - found.pop("window and tree")
    for number in (4096, 100_000, 4_300_000):
        found[f"numpy permutation of {number}"] = least(partial(random.permutation, number), most=2.0) / number
    return [{"quantity": f"{name} ns", "value": f"{1e9 * value:.4g}"} for name, value in found.items()]


def least(work: Callable[[], object], *, most: float = 8.0) -> float:
    """The least CPU seconds of a call, over up to 200 calls or so many seconds."""
    found: list[float] = []
    stop = time.monotonic() + most
    while len(found) < 200 and (len(found) < 3 or time.monotonic() < stop):
        start = time.thread_time()
        work()
        found.append(time.thread_time() - start)
    return min(found)


def measure_open(task: dict[str, Any]) -> list[dict[str, Any]]:
    """Write a plan folder, open it in another process, and draw a first batch."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        write_plan(Path(folder), long_tail(task["classes"], task["rows"]))
        script = (
            "import sys, time\nfrom datatool.samplers import BalancedSampler\nfrom datatool.schemas import Plan\n"
            "import pyarrow\nstart = time.process_time()\nplan = Plan.open(sys.argv[1])\n"
            "opened = time.process_time() - start\nBalancedSampler(plan, batch_size=256).batch(0, 0)\n"
            "print(opened, time.process_time() - start)"
        )
        done = subprocess.run([sys.executable, "-c", script, folder], capture_output=True, text=True, check=True)
    opened, drawn = map(float, done.stdout.split())
    return [
        {"quantity": "open CPU s", "value": f"{opened:.4g}"},
        {"quantity": "open and first batch CPU s", "value": f"{drawn:.4g}"},
    ]


def write_plan(folder: Path, rows: I64) -> None:
    """A plan of real cells, a class each."""
    from datatool.schemas import Cells, PlanDocument, PlanStats, plan_fingerprint

    num_cells, num_rows = len(rows), int(rows.sum())
    cells = Cells(
        label=np.arange(num_cells),
        source=("real",) * num_cells,
        num_rows=rows,
        quota=equal_quota(num_cells, num_rows),
        weight=np.ones(num_cells),
    )
    digest = "0" * 64
    print_ = plan_fingerprint(digest, cells, strategy={"name": "power:0"}, seed=0, class_num=num_cells)
    write_index(folder / "index.arrow", cells, digest=digest, fingerprint=print_)
    document = PlanDocument(
        fingerprint=print_,
        strategy={"name": "power:0"},
        seed=0,
        class_num=num_cells,
        names=None,
        num_rows=num_rows,
        epoch_size=num_rows,
        cells=cells,
        prior=dict.fromkeys(range(num_cells), 1 / num_cells),
        stats=PlanStats(unique_per_epoch=num_rows, max_repeat=1),
    )
    (folder / "plan.json").write_text(document.signed())


def write_index(file: Path, cells: Any, *, digest: str, fingerprint: str) -> None:
    """Rows of invented names, in batches as `datatool balance` writes them."""
    import pyarrow as pa

    from datatool.schemas import FINGERPRINT_KEY, INDEX_BATCH_ROWS, ROWS_DIGEST_KEY, index_schema

    metadata = {FINGERPRINT_KEY: fingerprint, ROWS_DIGEST_KEY: digest}
    schema = index_schema(has_spans=False).with_metadata(metadata)
    label, num_rows = np.repeat(cells.label.astype(np.int32), cells.num_rows), int(cells.num_rows.sum())
    with pa.OSFile(str(file), "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
        for first in range(0, num_rows, INDEX_BATCH_ROWS):
            number = np.arange(first, min(first + INDEX_BATCH_ROWS, num_rows))
            root, source, listed = (
                pa.DictionaryArray.from_arrays(np.zeros(len(number), np.int32), [text])
                for text in (".", "real", "labels.txt")
            )
            columns = [
                pa.array([f"{row}.jpg" for row in number.tolist()], pa.large_string()),
                root,
                pa.array(label[number]),
                source,
                pa.array(np.ones(len(number), np.float32)),
                listed,
                pa.array(number + 1),
            ]
            writer.write_batch(pa.record_batch(columns, schema=schema))


def measure_bound(_: dict[str, Any]) -> list[dict[str, Any]]:
    from datatool.samplers import BalancedSampler
    from tests.helpers.memory_plans import memory_plan
    from tests.helpers.shapes import deviations, quota_shapes

    lines = []
    for name, (quota, batch) in quota_shapes().items():
        sampler = BalancedSampler(memory_plan(quota), batch_size=batch)
        found = [
            deviations(np.concatenate([sampler.draws(epoch, step).cells for step in range(len(sampler))]), quota, batch)
            for epoch in range(3)
        ]
        in_batch, at_boundary = np.max(found, axis=0)
        lines += [
            {"quantity": "worst in a batch", "value": f"{in_batch:.2f}", "note": name},
            {"quantity": "worst at a boundary", "value": f"{at_boundary:.2f}", "note": name},
        ]
    return lines


def held() -> float:
    """Resident memory now, MiB, from which on `memory` looks for a peak."""
    Path("/proc/self/clear_refs").write_text("5")
    return memory()


def memory() -> float:
    """Peak resident memory since `held`, MiB; ``ru_maxrss`` begins with that of whoever started the process."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def medians(path: Path, /) -> dict[tuple[str, ...], float]:
    """(kind, contender, classes, rows, batch, quantity, note) -> median over rounds of a results file."""
    with path.open(newline="") as file:
        found: dict[tuple[str, ...], list[float]] = {}
        for row in csv.DictReader(line for line in file if not line.startswith("#")):
            if row["value"]:
                key = tuple(row[name] for name in ("kind", "contender", "classes", "rows", "batch", "quantity", "note"))
                found.setdefault(key, []).append(float(row["value"]))
    return {key: median(values) for key, values in found.items()}


KINDS: dict[str, Callable[[dict[str, Any]], list[dict[str, Any]]]] = {
    "epoch": measure_epoch,
    "scale": measure_scale,
    "parts": measure_parts,
    "open": measure_open,
    "bound": measure_bound,
}

if __name__ == "__main__":
    main()
