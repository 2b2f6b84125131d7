"""`datatool predict` beside its two limits, decoding alone and compiled inference alone, and beside eager Paddle.

    python benchmarks/bench_predict.py PHOTOGRAPHS --rounds 5

Every contender works on the same files with the same transform; rounds are interleaved and medians reported. Eager and
compiled logits are compared before anything is timed. Prints CSV: machine, model, contender, images per second and per
CPU-second, and `predict` as a share of the lower of its limits and as a multiple of eager; once more in bfloat16 where
the CPU has it. KMP_BLOCKTIME is 1 for all of them unless it is set, as in `datatool predict`.
"""

from __future__ import annotations

import argparse
import csv
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

os.environ.setdefault("KMP_BLOCKTIME", "1")  # before Paddle is loaded
import paddle
from machine import describe

from datatool.deploy import Predictor, image_paths, predict
from datatool.frameworks import has_bfloat16, save_traced
from datatool.models import fuse
from datatool.schemas import ModelMeta, Transform, Verified

MODELS = ("mobilenet_v3_small", "resnet18")
BATCH = 32


def exported(name: str, folder: Path, size: int) -> Any:
    """Write an untrained model as `datatool export` does; speed does not depend on the weights."""
    model = getattr(paddle.vision.models, name)(num_classes=10)
    model.eval()
    save_traced(paddle, fuse(model, image_size=size), (3, size, size), folder / "inference")
    transform = Transform(
        image_size=size,
        eval_resize=size * 256 // 224,
        interpolation="area",
        mean=(0.485, 0.456, 0.406),
        std=(0.229, 0.224, 0.225),
    )
    meta = ModelMeta(
        class_num=10,
        names=[str(index) for index in range(10)],
        transform=transform,
        prior={},
        weights="",
        verified=Verified(images=0, same_top1=0, max_abs_diff=0.0),
    )
    (folder / "model.meta.json").write_text(meta.to_json())
    return model


def contenders(model: Any, folder: Path, paths: list[str]) -> dict[str, Callable[[], int]]:
    """Name -> a pass over all images that returns their number."""
    predictor = Predictor.open(folder)

    def decode() -> int:
        with predictor.loader(paths, batch_size=BATCH) as loader:
            return sum(len(batch.rows) for batch in loader)

    with predictor.loader(paths[:BATCH], batch_size=BATCH) as loader:
        images = np.array(next(iter(loader)).images)

    def eager() -> int:
        with predictor.loader(paths, batch_size=BATCH) as loader, paddle.no_grad():
            return sum(len(model(paddle.to_tensor(batch.images)).numpy()) for batch in loader)

    def compiled_by(opened: Predictor) -> Callable[[], int]:
        return lambda: sum(len(opened.run(images)) for _ in range(len(paths) // BATCH))

    def whole_by(opened: Predictor) -> Callable[[], int]:
        return lambda: sum(1 for _ in predict(opened, paths, batch_size=BATCH))

    expected = model(paddle.to_tensor(images)).numpy()
    np.testing.assert_allclose(predictor.run(images), expected, atol=1e-3 * np.abs(expected).max())
    runs = {"decode": decode, "compiled": compiled_by(predictor), "predict": whole_by(predictor), "eager": eager}
    if has_bfloat16(paddle):
        half = Predictor.open(folder, bfloat16=True)
        runs |= {"compiled, bfloat16": compiled_by(half), "predict, bfloat16": whole_by(half)}
    return runs


def main() -> None:
    """Measure and print CSV."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photographs", help="a folder of images")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--images", type=int, default=384)
    parser.add_argument("--size", type=int, default=224)
    options = parser.parse_args()
    paths = image_paths([options.photographs])[: options.images // BATCH * BATCH]
    writer = csv.writer(sys.stdout)
    writer.writerow(["machine", "; ".join(f"{key} {value}" for key, value in describe().items())])
    writer.writerow(["model", "contender", "images/s", "images/CPU-s", "predict / lower limit", "predict / eager"])
    for name in MODELS:
        with tempfile.TemporaryDirectory() as folder:
            model = exported(name, Path(folder), options.size)
            runs = contenders(model, Path(folder), paths)
            rates = _rates(runs, options.rounds)
        wall = {key: statistics.median(each[0] for each in values) for key, values in rates.items()}
        cpu = {key: statistics.median(each[1] for each in values) for key, values in rates.items()}
        for key in runs:
            shares = []
            if key.startswith("predict"):
                limit = min(wall["decode"], wall[key.replace("predict", "compiled")])
                shares = [f"{wall[key] / limit:.2f}", f"{wall[key] / wall['eager']:.2f}"]
            writer.writerow([name, key, f"{wall[key]:.0f}", f"{cpu[key]:.0f}", *shares])


def _rates(runs: dict[str, Callable[[], int]], rounds: int) -> dict[str, list[tuple[float, float]]]:
    rates: dict[str, list[tuple[float, float]]] = {key: [] for key in runs}
    for run in runs.values():
        run()
    for _ in range(rounds):
        for key, run in runs.items():
            wall, cpu = time.perf_counter(), time.process_time()
            number = run()
            rates[key].append((number / (time.perf_counter() - wall), number / (time.process_time() - cpu)))
    return rates


if __name__ == "__main__":
    main()
