"""On a GPU: the `dali` engine against a bare DALI pipeline fed from memory, and how long a training step waits.

    python benchmarks/bench_loader_gpu.py --data ../shared/data/clothing --work scratch --out loader_gpu.csv

Without a GPU it says so and does nothing. Targets: at least 0.95 of the bare pipeline, and a ResNet-50 bf16 step that
waits at most 2 % of its time.
"""

from __future__ import annotations

import argparse
import csv
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from contenders import Work
from machine import describe, tree_cpu

from datatool import BalancedLoader
from datatool.machine import gpus

WARM_BATCHES = 5


def main() -> None:
    """Parse, measure in interleaved rounds, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with train_list.txt")
    parser.add_argument("--work", type=Path, required=True, help="scratch folder; kept")
    parser.add_argument("--out", type=Path, default=Path("loader_gpu.csv"))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--batch", type=int, default=256)
    arguments = parser.parse_args()
    found, driver = gpus()
    if not found:
        print("skipped: no CUDA device is visible")
        return
    import pickle

    from scenarios import SCENARIOS

    arguments.work.mkdir(parents=True, exist_ok=True)
    scenario = SCENARIOS["uniform"](arguments.data.resolve(), arguments.work.resolve(), 10_000)
    work: Work = pickle.loads(scenario.file.read_bytes())
    rows: list[dict[str, Any]] = []
    for number in range(1, arguments.rounds + 1):
        rows.append({"round": number, "what": "bare DALI", **_timed(_bare(work, arguments.batch))})
        with _loader(work, arguments.batch) as loader:
            rows.append({"round": number, "what": "datatool dali", **_timed(_epochs(loader))})
    with _loader(work, arguments.batch) as loader:
        rows.append({"round": 0, "what": "ResNet-50 bf16 step", **_train(_epochs(loader))})
    with arguments.out.open("w", newline="") as out:
        names = ", ".join(gpu.name for gpu in found)
        out.write(f"# GPUs {names}; driver {driver}; " + "; ".join(f"{k} {v}" for k, v in describe().items()) + "\n")
        writer = csv.DictWriter(out, ["round", "what", "images_per_s", "images_per_cpu_s", "wait_share"], restval="")
        writer.writeheader()
        writer.writerows(rows)
    speeds = {
        what: median(row["images_per_s"] for row in rows if row["what"] == what)
        for what in ("bare DALI", "datatool dali")
    }
    print(f"images per second: {speeds}; ratio {speeds['datatool dali'] / speeds['bare DALI']:.3f}")
    print(f"a ResNet-50 step waits {rows[-1]['wait_share']:.2%} of its time")


def _loader(work: Work, batch: int) -> BalancedLoader:
    return BalancedLoader(
        work.plan, batch_size=batch, framework="torch", device="gpu", engine="dali", output="uint8", drop_last=True
    )


def _epochs(loader: BalancedLoader) -> Iterator[Any]:
    for epoch in range(4):
        for batch in loader.epoch(epoch):
            yield batch.images, batch.labels


def _bare(work: Work, batch: int) -> Iterator[Any]:
    """Encoded bytes from memory, the same boxes, mixed decoding."""
    import torch
    from nvidia.dali import fn, pipeline_def, types

    data = {path: np.fromfile(path, np.uint8) for path in dict.fromkeys(work.paths)}
    count = len(work.paths) // batch

    def feed(info: Any) -> Any:
        first = info.iteration % count * batch
        positions = np.arange(first, first + batch)
        boxes = work.boxes[positions].astype(np.int32)
        return (
            [data[work.paths[position]] for position in positions],
            np.ascontiguousarray(boxes[:, [1, 0]]),
            np.ascontiguousarray(boxes[:, [3, 2]]),
            work.flips[positions].astype(np.int32),
        )

    @pipeline_def(  # type: ignore[untyped-decorator]
        batch_size=batch, num_threads=16, device_id=0, prefetch_queue_depth=2
    )
    def graph() -> Any:
        encoded, start, shape, mirror = fn.external_source(feed, num_outputs=4, batch=True, batch_info=True)
        images = fn.decoders.image_slice(
            encoded, start=start, shape=shape, axis_names="HW", device="mixed", output_type=types.RGB
        )
        return fn.flip(fn.resize(images, size=[work.size] * 2), horizontal=mirror)

    pipe = graph()
    pipe.build()
    for _ in range(4 * count):
        (images,) = pipe.run(torch.cuda.current_stream())
        yield torch.utils.dlpack.from_dlpack(images.as_tensor()), None


def _timed(batches: Iterator[Any]) -> dict[str, float]:
    import torch

    for _ in range(WARM_BATCHES):
        next(batches)
    torch.cuda.synchronize()
    begin, cpu, images = time.perf_counter(), tree_cpu(), 0
    for batch, _ in batches:
        images += len(batch)
    torch.cuda.synchronize()
    wall = time.perf_counter() - begin
    return {
        "images_per_s": round(images / wall, 1),
        "images_per_cpu_s": round(images / max(1e-9, tree_cpu() - cpu), 1),
    }


def _train(batches: Iterator[Any]) -> dict[str, float]:
    """The share of a training loop's time that goes by before the next batch is there."""
    import torch

    model = _resnet50().cuda().to(memory_format=torch.channels_last)
    optimizer = torch.optim.SGD(model.parameters(), 0.1, momentum=0.9)
    waited = total = 0.0
    number = 0
    while True:
        begin = time.perf_counter()
        found = next(batches, None)
        middle = time.perf_counter()
        if found is None:
            break
        images, labels = found
        with torch.autocast("cuda", torch.bfloat16):
            logits = model(images.permute(0, 3, 1, 2).to(torch.bfloat16) / 255)
            loss = torch.nn.functional.cross_entropy(logits, labels)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        torch.cuda.synchronize()
        if number >= WARM_BATCHES:
            waited += middle - begin
            total += time.perf_counter() - begin
        number += 1
    return {"wait_share": round(waited / total, 4)}


def _resnet50() -> Any:
    """He et al., 1512.03385, with 1,000 outputs; written out because torchvision need not be installed."""
    from torch import nn

    class Block(nn.Module):
        def __init__(self, inner: int, width: int, stride: int) -> None:
            super().__init__()
            layers: list[Any] = []
            for size, kernel, step, channels in (
                (inner, 1, 1, width),
                (width, 3, stride, width),
                (width, 1, 1, 4 * width),
            ):
                layers += [nn.Conv2d(size, channels, kernel, step, kernel // 2, bias=False), nn.BatchNorm2d(channels)]
                layers += [nn.ReLU(inplace=True)]
            self.body = nn.Sequential(*layers[:-1])
            self.skip = (
                nn.Sequential(nn.Conv2d(inner, 4 * width, 1, stride, bias=False), nn.BatchNorm2d(4 * width))
                if stride != 1 or inner != 4 * width
                else nn.Identity()
            )

        def forward(self, x: Any) -> Any:
            return (self.body(x) + self.skip(x)).relu_()

    layers: list[Any] = [nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(3, 2, 1)]
    inner = 64
    for stage, (width, count) in enumerate(((64, 3), (128, 4), (256, 6), (512, 3))):
        for index in range(count):
            layers.append(Block(inner, width, 2 if stage and not index else 1))
            inner = 4 * width
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(inner, 1000))


if __name__ == "__main__":
    main()
