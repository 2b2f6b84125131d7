"""How fast the loader is on a GPU, beside a bare DALI pipeline, and how long a training step waits for it.

Goals: at least 0.95 of the bare pipeline, and a ResNet-50 bf16 step at batch 256 that waits at most 2 % of its time.
"""

from __future__ import annotations

import importlib.util
import itertools
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from statistics import median
from typing import Any, Final

import numpy as np
from contenders import Work
from gpu_place import Place
from scenarios import work_of

from datatool import BalancedLoader
from datatool.bench import BenchOptions, bench

WARM_BATCHES: Final = 5
ROUNDS: Final = 3
MOST_WAITING: Final = 0.02  # of a step's time; more, and advice is asked for


def speed(place: Place) -> dict[str, Any]:
    """Images a second of each way, medians of interleaved rounds, and ours over the bare pipeline."""
    work = replace(
        work_of(place.plan(), batch=place.batch, size=place.image_size), threads=len(os.sched_getaffinity(0))
    )
    ways: dict[str, Callable[[], Iterator[Any]]] = {
        "bare DALI": lambda: _bare(work, place),
        "dali": lambda: _epochs(place, place.options(batch_size=place.batch, output="uint8", drop_last=True)),
        "threads": lambda: _epochs(
            place, place.options(batch_size=place.batch, output="uint8", drop_last=True, engine="threads")
        ),
    }
    if place.on_gpu and importlib.util.find_spec("torchvision") is not None:
        ways["torchvision"] = lambda: _torchvision(work, place)
    rounds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(1 if place.dry else ROUNDS):
        for name, way in ways.items():
            rounds[name].append(_images_per_second(way(), place))
    medians = {name: median(values) for name, values in rounds.items()}
    return {f"{name}, images/s": round(value) for name, value in medians.items()} | {
        "dali over bare": round(medians["dali"] / medians["bare DALI"], 3)
    }


def step(place: Place) -> dict[str, Any]:
    """The share of a training loop's time that goes by before the next batch is there; where it waits, what helps."""
    figures: dict[str, Any] = {"waits": _waits(place, {})}
    if figures["waits"] <= MOST_WAITING and not place.dry:
        return figures
    options = BenchOptions(engines=("dali",), seconds=3.0, batch_size=place.batch, image_size=place.image_size)
    advice = bench(place.plan().folder, options=options).advice
    figures["bench advises"] = "; ".join(one.message for one in advice) or "nothing"
    threads = 2 * len(os.sched_getaffinity(0))
    figures[f"waits with {threads} threads"] = _waits(place, {"num_threads": threads})
    figures["waits with 4 GiB of decoded pictures"] = _waits(place, {"cache": 4096})
    return figures


CHECKS: Final[dict[str, Callable[[Place], dict[str, Any]]]] = {"speed": speed, "training step": step}


def _epochs(place: Place, options: dict[str, Any], epochs: int = 4) -> Iterator[Any]:
    with BalancedLoader(place.plan(), **options) as loader:
        for epoch in range(epochs):
            for batch in loader.epoch(epoch):
                yield batch.images, batch.labels


def _bare(work: Work, place: Place, epochs: int = 4) -> Iterator[Any]:
    """A pipeline of DALI's own over encoded bytes from memory, with the boxes that the loader draws."""
    import torch
    from nvidia.dali import fn, pipeline_def, types

    data = {path: np.fromfile(path, np.uint8) for path in dict.fromkeys(work.paths)}
    batch, count = work.batch, len(work.paths) // work.batch

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
        batch_size=batch,
        num_threads=work.threads,
        device_id=0 if place.on_gpu else None,
        prefetch_queue_depth=2,
    )
    def graph() -> Any:
        encoded, start, shape, mirror = fn.external_source(feed, num_outputs=4, batch=True, batch_info=True)
        images = fn.decoders.image_slice(
            encoded,
            start=start,
            shape=shape,
            axis_names="HW",
            device="mixed" if place.on_gpu else "cpu",
            output_type=types.RGB,
        )
        return fn.flip(fn.resize(images, size=[work.size] * 2), horizontal=mirror)

    pipe = graph()
    pipe.build()
    for _ in range(epochs * count):
        (images,) = pipe.run(torch.cuda.current_stream()) if place.on_gpu else pipe.run()
        yield torch.utils.dlpack.from_dlpack(images.as_tensor()), None


def _torchvision(work: Work, place: Place, epochs: int = 4) -> Iterator[Any]:
    """The nvJPEG decoder of torchvision over whole batches, its crop and resize on the GPU."""
    import torch
    from torchvision import io
    from torchvision.transforms import v2

    data = [torch.from_numpy(np.fromfile(path, np.uint8)) for path in work.paths]
    for _ in range(epochs):
        for positions in itertools.takewhile(lambda part: len(part) == work.batch, work.positions()):
            decoded = io.decode_jpeg([data[one] for one in positions], mode=io.ImageReadMode.RGB, device=place.device)
            yield torch.stack([_cut(v2, image, work, one) for image, one in zip(decoded, positions, strict=True)]), None


def _cut(v2: Any, image: Any, work: Work, position: int) -> Any:
    x, y, width, height = work.boxes[position].tolist()
    cut = v2.functional.resized_crop(image, y, x, height, width, [work.size] * 2, antialias=True)
    return v2.functional.horizontal_flip(cut) if work.flips[position] else cut


def _images_per_second(batches: Iterator[Any], place: Place) -> float:
    for _ in itertools.islice(batches, WARM_BATCHES):
        pass
    _finish(place)
    begin, images = time.perf_counter(), 0
    for batch, _ in batches:
        images += len(batch)
    _finish(place)
    return images / (time.perf_counter() - begin)


def _finish(place: Place) -> None:
    import torch

    if place.on_gpu:
        torch.cuda.synchronize()


def _waits(place: Place, changed: dict[str, Any]) -> float:
    """The share of the loop's time that goes by before the next batch is there."""
    import torch

    device = "cuda" if place.on_gpu else "cpu"
    model: Any = _small() if place.dry else _resnet50()
    model = model.to(device, memory_format=torch.channels_last)
    optimizer = torch.optim.SGD(model.parameters(), 0.1, momentum=0.9)
    batches = _epochs(place, place.options(batch_size=place.batch, output="uint8", drop_last=True) | changed)
    waited = total = 0.0
    for number in itertools.count():
        begin = time.perf_counter()
        found = next(batches, None)
        middle = time.perf_counter()
        if found is None:
            return round(waited / total, 4)
        images, labels = found
        with torch.autocast(device, torch.bfloat16):
            logits = model(images.permute(0, 3, 1, 2).to(torch.bfloat16) / 255)
            loss = torch.nn.functional.cross_entropy(logits, labels)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        _finish(place)
        if number >= WARM_BATCHES:
            waited += middle - begin
            total += time.perf_counter() - begin
    raise AssertionError


def _small() -> Any:
    from torch import nn

    return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(3, 1000))


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
