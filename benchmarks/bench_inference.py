"""What each piece of advice for faster inference brings (Q1.5), on models as `datatool export` writes them.

    python benchmarks/bench_inference.py [--rounds 5] [--size 224] [--out FILE.csv]

Images are in memory; every setting runs the same ones, rounds are interleaved, and medians of images per second are
given beside the first setting of the model. `normalised outside` and `inside` start from uint8 images (N, S, S, 3) and
end with logits: outside, numpy turns them into normalised float32 (N, 3, S, S); inside, the model does.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import paddle
from machine import write_rows
from paddle import inference

from datatool.frameworks import save_traced
from datatool.models import fuse

MODELS = ("mobilenet_v3_small", "resnet18")
MEAN, STD = np.array([0.485, 0.456, 0.406], np.float32), np.array([0.229, 0.224, 0.225], np.float32)
IMAGES = 128


class Normalised(paddle.nn.Layer):
    """A model that takes uint8 (N, S, S, 3)."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model

    def forward(self, images: Any) -> Any:
        """Logits of uint8 images."""
        planes = images.astype("float32").transpose([0, 3, 1, 2])
        scale = paddle.to_tensor((255 * STD).reshape(1, 3, 1, 1))
        return self.model((planes - paddle.to_tensor((255 * MEAN).reshape(1, 3, 1, 1))) / scale)


def opened(prefix: Path, *, onednn: bool = True, threads: int = 1, bfloat16: bool = False) -> Callable[[Any], Any]:
    """A predictor with these settings."""
    config = inference.Config(f"{prefix}.json", f"{prefix}.pdiparams")
    if onednn:
        config.enable_mkldnn()
    else:
        config.disable_mkldnn()
    if bfloat16:
        config.enable_mkldnn_bfloat16()
    config.set_cpu_math_library_num_threads(threads)
    config.disable_glog_info()
    predictor = inference.create_predictor(config)
    source = predictor.get_input_handle(predictor.get_input_names()[0])
    target = predictor.get_output_handle(predictor.get_output_names()[0])

    def run(images: Any) -> Any:
        source.copy_from_cpu(images)
        predictor.run()
        return target.copy_to_cpu()

    return run


def outside(run: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Normalise with numpy, then run."""
    return lambda raw: run(np.ascontiguousarray(((raw / np.float32(255) - MEAN) / STD).transpose(0, 3, 1, 2)))


def settings(model: Any, folder: Path, size: int) -> dict[str, Callable[[], None]]:
    """Name -> a pass over all images."""
    raw = np.random.default_rng(0).integers(0, 256, (IMAGES, size, size, 3), np.uint8)
    images = np.ascontiguousarray(((raw / np.float32(255) - MEAN) / STD).transpose(0, 3, 1, 2))
    fused = fuse(model, image_size=size)
    save_traced(paddle, fused, (3, size, size), folder / "float")
    spec = paddle.static.InputSpec([None, size, size, 3], "uint8", name="input")
    paddle.jit.save(Normalised(fused), str(folder / "uint8"), input_spec=[spec])

    def whole(run: Callable[[Any], Any], data: Any, batch: int = 32) -> Callable[[], None]:
        def all_batches() -> None:
            for start in range(0, IMAGES, batch):
                run(data[start : start + batch])

        return all_batches

    def eager(batch: Any) -> Any:
        with paddle.no_grad():
            return model(paddle.to_tensor(batch)).numpy()

    one, two = opened(folder / "float"), opened(folder / "float", threads=2)
    half = opened(folder / "float", threads=2, bfloat16=True)
    in_model = opened(folder / "uint8", threads=2)
    expected = eager(images[:8])
    for run, data in ((one, images), (two, images), (outside(two), raw), (in_model, raw)):
        np.testing.assert_allclose(run(data[:8]), expected, atol=1e-3 * np.abs(expected).max())
    return {
        "eager": whole(eager, images),
        "compiled without oneDNN, 1 thread": whole(opened(folder / "float", onednn=False), images),
        "oneDNN, 1 thread": whole(one, images),
        "oneDNN, 2 threads": whole(two, images),
        "oneDNN, 2 threads, batch of 1": whole(two, images, 1),
        "oneDNN, 2 threads, batch of 8": whole(two, images, 8),
        "oneDNN, 2 threads, batch of 128": whole(two, images, 128),
        "oneDNN, 2 threads, bfloat16": whole(half, images),
        "uint8, normalised outside": whole(outside(two), raw),
        "uint8, normalised inside": whole(in_model, raw),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    rows = []
    for name in MODELS:
        model = getattr(paddle.vision.models, name)(num_classes=10)
        model.eval()
        with tempfile.TemporaryDirectory() as folder:
            runs = settings(model, Path(folder), options.size)
            rates = rates_of(runs, options.rounds)
        for setting, rate in rates.items():
            rows.append(
                {"model": name, "setting": setting, "images/s": round(rate), "x eager": round(rate / rates["eager"], 2)}
            )
            print(rows[-1], flush=True)
    if options.out is not None:
        write_rows(rows, options.out)


def rates_of(runs: dict[str, Callable[[], None]], rounds: int) -> dict[str, float]:
    """Median images per second, after one pass to warm up."""
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for round_ in range(rounds + 1):
        for name, run in runs.items():
            begun = time.perf_counter()
            run()
            if round_:
                seconds[name].append(time.perf_counter() - begun)
    return {name: IMAGES / median(taken) for name, taken in seconds.items()}


if __name__ == "__main__":
    main()
