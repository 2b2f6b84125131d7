"""Training with frozen layers: cached against eager, a step against a bare loop, a frozen step against its forward.

    python benchmarks/bench_train.py [--rounds 20] [--seeds 3] [--epochs 10] [--strategy oversample] [--amp]
        [--net resnet18] [--mobilenet FILE.safetensors] [--part cache|once|overhead|all] [--out FILE.csv]

`cache`: frozen ResNet-18 and MobileNetV3-small on the clothing photographs, two views, ten epochs, CPU seconds of whole
runs (`feature_cache: "off"` and `auto`), interleaved; and the balanced accuracies of both over seeds. `--amp` gives
the cached runs `optimizer.amp: true`. No weights of MobileNetV3-small come with the data: `--mobilenet` takes those of
a run, benchmarks/distil.py for one; without them it is fast or slow all the same, and learns nothing.
`once`: where a cache has the least to give, one epoch that shows each picture once, so that the frozen part runs as
often with it as without: of a whole backbone and of a first convolution, at 64 and 32 px, in `--rounds` rounds.
`overhead`: the step of the trainer against the same model, loss and optimizer in a bare Paddle loop, on the same batch.
Ratios within one run; CPU time of this process, one thread.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import mean, median
from typing import Any

import numpy as np
from machine import write_rows

from datatool.loader import Batch
from datatool.schemas import Recipe
from datatool.trainers import ModuleTrainer, Stage, make_trainer
from datatool.training import fit

SHARED = Path(__file__).resolve().parents[2] / "shared"
CLOTHING = SHARED / "data" / "clothing"
WEIGHTS = SHARED / "weights" / "resnet18_tinyimagenet.safetensors"
NETS = ("resnet18", "mobilenet_v3_small")
CLASSES = 10
ONCE: tuple[tuple[str, str | list[str], int], ...] = (
    ("resnet18", "backbone", 64),
    ("mobilenet_v3_small", "backbone", 32),
    ("resnet18", ["conv1", "bn1"], 32),
)


def recipe(net: str, way: str, seed: int, options: argparse.Namespace) -> Recipe:
    """One run over two fixed views."""
    pretrained = str(WEIGHTS) if net == "resnet18" else options.mobilenet
    return Recipe.parse(
        {
            "global": {"seed": seed, "device": "cpu"},
            "model": {"backbone": f"paddle.vision:{net}", "pretrained": pretrained, "freeze": "backbone"},
            "data": {
                "train": str(CLOTHING / "train_longtail_list.txt"),
                "strategy": options.strategy,
                "val": str(CLOTHING / "test_list.txt"),
                "image_size": 64,
                "eval_resize": None,
                "views": 2,
                "num_threads": 1,
            },
            "optimizer": {"lr": 0.02, "amp": options.amp and way == "auto"},
            "run": {"name": way, "epochs": options.epochs, "feature_cache": way, "keep": 1},
        }
    )


def cache(net: str, options: argparse.Namespace) -> dict[str, Any]:
    """CPU seconds and balanced accuracy of both ways, alternating."""
    seconds: dict[str, list[float]] = {"off": [], "auto": []}
    scores: dict[str, list[float]] = {"off": [], "auto": []}
    for seed in range(options.seeds):
        for way in seconds:
            with tempfile.TemporaryDirectory(prefix="bench-train-") as base:
                begun = time.process_time()
                folder = fit(make_trainer("paddle"), recipe(net, way, seed, options), base=Path(base))
                seconds[way].append(time.process_time() - begun)
                scores[way].append(json.loads((folder / "eval.json").read_text())["balanced_accuracy"])
    return {
        "what": f"{net} cached{' in bfloat16' if options.amp else ''} against eager, {options.strategy}, "
        f"{options.epochs} epochs, {options.seeds} seeds",
        "ratio": round(median(seconds["off"]) / median(seconds["auto"]), 2),
        "first": f"eager {median(seconds['off']):.1f} s, balanced accuracy {mean(scores['off']):.4f}",
        "second": f"cached {median(seconds['auto']):.1f} s, balanced accuracy {mean(scores['auto']):.4f}",
    }


def once(net: str, freeze: str | list[str], size: int, *, rounds: int) -> dict[str, Any]:
    """CPU seconds of runs of one epoch over each picture, both ways, alternating; weights are random."""
    seconds: dict[str, list[float]] = {"off": [], "auto": []}
    for _ in range(rounds):
        for way in seconds:
            made = Recipe.parse(
                {
                    "global": {"device": "cpu"},
                    "model": {"backbone": f"paddle.vision:{net}", "freeze": freeze},
                    "data": {
                        "train": str(CLOTHING / "train_longtail_list.txt"),
                        "strategy": "natural",
                        "val": str(CLOTHING / "test_list.txt"),
                        "image_size": size,
                        "eval_resize": None,
                        "augment": "none",
                        "num_threads": 1,
                    },
                    "run": {"name": way, "epochs": 1, "feature_cache": way},
                }
            )
            with tempfile.TemporaryDirectory(prefix="bench-train-") as base:
                begun = time.process_time()
                fit(make_trainer("paddle"), made, base=Path(base))
                seconds[way].append(time.process_time() - begun)
    frozen = freeze if isinstance(freeze, str) else " and ".join(freeze)
    return {
        "what": f"{net} with {frozen} frozen at {size} px, cached against eager, each picture once",
        "ratio": round(median(seconds["off"]) / median(seconds["auto"]), 2),
        "first": f"eager {median(seconds['off']):.1f} s",
        "second": f"cached {median(seconds['auto']):.1f} s",
    }


def built(freeze: str) -> ModuleTrainer:
    """A trainer with ResNet-18."""
    trainer = make_trainer("paddle")
    assert isinstance(trainer, ModuleTrainer)
    share = np.full(CLASSES, 1 / CLASSES)
    one = Recipe.parse({"global": {"device": "cpu"}, "model": {"freeze": freeze}})
    trainer.build(Stage(index=0, recipe=one, base=Path(), seed=0, prior=share, quota=share), CLASSES)
    return trainer


def overhead(rounds: int) -> list[dict[str, Any]]:
    """Step of the trainer against a bare loop; frozen step against forward."""
    import paddle

    images, labels = paddle.randn([32, 3, 64, 64]), paddle.arange(32) % CLASSES
    places = np.arange(32)
    batch = Batch(images=images, labels=labels, weights=paddle.ones([32]), rows=places, positions=places)
    whole, frozen = built("none"), built("backbone")
    bare = built("none").model
    optimizer = paddle.optimizer.Momentum(0.01, parameters=bare.parameters(), weight_decay=1e-4)

    def loop() -> None:
        bare.train()
        loss = paddle.nn.functional.cross_entropy(bare(images), labels)
        loss.backward()
        optimizer.step()
        optimizer.clear_grad()
        float(loss)

    pairs = [
        ("step of the trainer over a bare loop", lambda: whole.step(batch, lr=0.01, seed=0), loop),
        (
            "step of a frozen backbone over its forward",
            lambda: frozen.step(batch, lr=0.01, seed=0),
            lambda: frozen.logits(batch),
        ),
    ]
    return [ratio(name, first, second, rounds) for name, first, second in pairs]


def ratio(name: str, first: Callable[[], Any], second: Callable[[], Any], rounds: int) -> dict[str, Any]:
    """Median CPU seconds of two functions in interleaved rounds."""
    spent: tuple[list[float], list[float]] = ([], [])
    for round_ in range(rounds + 1):
        for function, times in zip((first, second), spent, strict=True):
            begun = time.process_time()
            function()
            if round_:  # the first is warm-up
                times.append(time.process_time() - begun)
    one, two = median(spent[0]), median(spent[1])
    return {"what": name, "ratio": round(one / two, 3), "first": f"{one * 1e3:.1f} ms", "second": f"{two * 1e3:.1f} ms"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--strategy", default="oversample")
    parser.add_argument("--amp", action="store_true")
    parser.add_argument("--net", action="append", choices=NETS)
    parser.add_argument("--mobilenet", metavar="FILE")
    parser.add_argument("--part", choices=["cache", "once", "overhead", "all"], default="all")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    rows = []
    if options.part in ("overhead", "all"):
        rows += overhead(options.rounds)
    if options.part in ("once", "all"):
        rows += [once(*case, rounds=options.rounds) for case in ONCE]
    if options.part in ("cache", "all"):
        rows += [cache(net, options) for net in options.net or NETS]
    for row in rows:
        print(row, flush=True)
    if options.out is not None:
        write_rows(rows, options.out)


if __name__ == "__main__":
    main()
