"""Training with frozen layers: cached against eager, a step against a bare loop, a frozen step against its forward.

    python benchmarks/bench_train.py [--rounds 20] [--seeds 3] [--epochs 10] [--strategy oversample] [--amp]
        [--net resnet18] [--mobilenet FILE.safetensors] [--part cache|once|few|overhead|all] [--out FILE.csv]

`cache`: frozen ResNet-18 and MobileNetV3-small on the clothing photographs, two views, ten epochs, CPU seconds of whole
runs (`feature_cache: "off"` and `auto`), interleaved; and the balanced accuracies of both over seeds. `--amp` gives
the cached runs `optimizer.amp: true`. No weights of MobileNetV3-small come with the data: `--mobilenet` takes those of
a run, benchmarks/distil.py for one; without them it is fast or slow all the same, and learns nothing.
`once`: where a cache has the least to give, one epoch that shows each picture once, so that the frozen part runs as
often with it as without: of a whole backbone and of a first convolution, at 64 and 32 px, in `--rounds` rounds.
`few`: 60 pictures to train and 60 to evaluate on, where a cache has hardly time to win back what it costs, with `auto`,
which may decline it, and with `on`.
`overhead`: the step of the trainer against the same model, loss and optimizer in a bare Paddle loop, on the same batch.
Ratios within one run; CPU time of this process, one thread.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
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
FEW = 60


@dataclass(frozen=True, kw_only=True)
class Case:
    """A short run with frozen layers.

    Attributes:
        net: Name in `paddle.vision.models`.
        size: Side of the pictures.
        freeze: As in a recipe.
        strategy: How the plan is made.
        epochs: Of the run.
    """

    net: str
    size: int
    freeze: str | tuple[str, ...] = "backbone"
    strategy: str = "natural"
    epochs: int = 1

    def __str__(self) -> str:
        frozen = self.freeze if isinstance(self.freeze, str) else " and ".join(self.freeze)
        return f"{self.net} with {frozen} frozen at {self.size} px, {self.strategy}, {self.epochs} epochs"


ONCE = (
    Case(net="mobilenet_v3_small", size=32),
    Case(net="resnet18", size=64),
    Case(net="resnet18", size=32, freeze=("conv1", "bn1")),
)
FEWER = (
    Case(net="mobilenet_v3_small", size=32),
    Case(net="mobilenet_v3_small", size=32, epochs=5),
    Case(net="resnet18", size=64),
    Case(net="resnet18", size=64, epochs=5),
    Case(net="resnet18", size=64, strategy="oversample"),
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


def short(case: Case, *, pictures: int | None, ways: tuple[str, ...], rounds: int) -> list[dict[str, Any]]:
    """CPU seconds of short runs, eager against each other way, alternating; weights are random.

    Args:
        case: What is run.
        pictures: To train and to evaluate on, evenly out of the lists; None is all.
        ways: Values of `feature_cache`.
        rounds: Runs of each.
    """
    seconds: dict[str, list[float]] = {way: [] for way in ("off", *ways)}
    for _ in range(rounds):
        for way, spent in seconds.items():
            with tempfile.TemporaryDirectory(prefix="bench-train-") as name:
                made = short_recipe(case, way, Path(name), pictures)
                begun = time.process_time()
                fit(make_trainer("paddle"), made, base=Path(name))
                spent.append(time.process_time() - begun)
    of = "all" if pictures is None else f"{pictures}"
    return [
        {
            "what": f"{case}, {of} pictures, feature_cache {way} against off, {rounds} rounds",
            "ratio": round(median(seconds["off"]) / median(seconds[way]), 2),
            "first": f"off {median(seconds['off']):.2f} s",
            "second": f"{way} {median(seconds[way]):.2f} s",
        }
        for way in ways
    ]


def short_recipe(case: Case, way: str, base: Path, pictures: int | None) -> Recipe:
    """The recipe of a short run, and its lists in ``base``."""
    for part in ("train", "test"):
        (base / part).symlink_to(CLOTHING / part)
    for name, file in (("train.txt", "train_longtail_list.txt"), ("val.txt", "test_list.txt")):
        lines = (CLOTHING / file).read_text().splitlines(keepends=True)
        step = 1 if pictures is None else len(lines) / pictures
        (base / name).write_text("".join(lines[int(at * step)] for at in range(pictures or len(lines))))
    return Recipe.parse(
        {
            "global": {"device": "cpu"},
            "model": {
                "backbone": f"paddle.vision:{case.net}",
                "freeze": case.freeze if isinstance(case.freeze, str) else list(case.freeze),
            },
            "data": {
                "train": "train.txt",
                "strategy": case.strategy,
                "val": "val.txt",
                "image_size": case.size,
                "eval_resize": None,
                "augment": "none",
                "num_threads": 1,
            },
            "run": {"name": "run", "epochs": case.epochs, "feature_cache": way},
        }
    )


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
    parser.add_argument("--part", choices=["cache", "once", "few", "overhead", "all"], default="all")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    rows, nets = [], options.net or NETS
    if options.part in ("overhead", "all"):
        rows += overhead(options.rounds)
    if options.part in ("once", "all"):
        for case in [case for case in ONCE if case.net in nets]:
            rows += short(case, pictures=None, ways=("auto",), rounds=options.rounds)
    if options.part in ("few", "all"):
        short(FEWER[0], pictures=FEW, ways=("on",), rounds=1)  # warm-up: what a process does once
        for case in [case for case in FEWER if case.net in nets]:
            rows += short(case, pictures=FEW, ways=("auto", "on"), rounds=options.rounds)
    if options.part in ("cache", "all"):
        rows += [cache(net, options) for net in nets]
    for row in rows:
        print(row, flush=True)
    if options.out is not None:
        write_rows(rows, options.out)


if __name__ == "__main__":
    main()
