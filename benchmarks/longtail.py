"""What balancing does on real photographs: frozen and half-frozen ResNet-18, five seeds, equal samples seen.

    python benchmarks/longtail.py [--seeds 5] [--table methods|synthetic] [--backbone frozen|half] [--out FILE.csv]

Reads ../shared/data/clothing and ../shared/weights. Every run is `datatool.training.fit` on a recipe; 64 px, the whole
picture resized, one view, features of the frozen part cached. Tested on test_list.txt with the last weights.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import numpy as np
from machine import write_rows

from datatool.schemas import Recipe
from datatool.trainers import make_trainer
from datatool.training import fit

SHARED = Path(__file__).resolve().parents[2] / "shared"
CLOTHING = SHARED / "data" / "clothing"
WEIGHTS = SHARED / "weights" / "resnet18_tinyimagenet.safetensors"
TAIL, HEAD = 3, 3  # rarest and largest classes; the rest are the middle
EPOCH = 1680  # rows of the list: every plan draws as many in an epoch
FREEZE = {"frozen": "backbone", "half": "until:layer4.0"}
EPOCHS = {"frozen": 10, "half": 5}

# name -> overrides of a stage, or of two stages with their share of the epochs
METHODS: dict[str, list[tuple[float, dict[str, Any]]]] = {
    "natural": [(1.0, {"data": {"strategy": "natural"}})],
    "oversample": [(1.0, {"data": {"strategy": "oversample"}})],
    "sqrt": [(1.0, {"data": {"strategy": "sqrt"}})],
    "class weights": [(1.0, {"data": {"strategy": "natural", "weights": "inverse"}})],
    "logit adjustment": [(1.0, {"data": {"strategy": "natural"}, "loss": {"logit_adjust": 1.0}})],
    "two-stage": [
        (0.6, {"data": {"strategy": "natural"}}),
        (0.4, {"data": {"strategy": "oversample"}, "model": {"freeze": "backbone", "head": "new"}}),
    ],
}


def recipe(name: str, seed: int, freeze: str, stages: list[tuple[float, dict[str, Any]]], train: Path) -> Recipe:
    """One run."""
    epochs = EPOCHS[freeze]
    listed = []
    for share, overrides in stages:
        stage = {section: dict(keys) for section, keys in overrides.items()}
        stage.setdefault("data", {})["epoch_size"] = EPOCH
        stage["run"] = {"epochs": round(share * epochs)}
        listed.append(stage)
    return Recipe.parse(
        {
            "global": {"seed": seed, "device": "cpu", "output": "runs"},
            "model": {"pretrained": str(WEIGHTS), "freeze": FREEZE[freeze]},
            "data": {
                "train": str(train),
                "strategy": "natural",
                "val": str(CLOTHING / "test_list.txt"),
                "image_size": 64,
                "eval_resize": None,
                "augment": "none",
                "num_threads": 2,
            },
            "optimizer": {"lr": 0.02 if freeze == "frozen" else 0.01},
            "run": {"name": f"{name}-{freeze}-{seed}".replace(" ", "_"), "stages": listed, "keep": 1},
        }
    )


def measure(one: Recipe, base: Path, counts: np.ndarray[Any, Any]) -> dict[str, float]:
    """Balanced accuracy, top-1 and recall of the largest, middle and rarest classes."""
    folder = fit(make_trainer("paddle"), one, base=base)
    found = json.loads((folder / "eval.json").read_text())
    recall = np.array([row["recall"] for row in found["per_class"]])
    order = np.argsort(-counts, kind="stable")
    return {
        "balanced": found["balanced_accuracy"],
        "top1": found["top1"],
        "head": float(recall[order[:HEAD]].mean()),
        "middle": float(recall[order[HEAD:-TAIL]].mean()),
        "tail": float(recall[order[-TAIL:]].mean()),
    }


def class_counts(train: Path) -> np.ndarray[Any, Any]:
    """Rows per class of a list."""
    return np.bincount([int(line.split()[-1]) for line in train.read_text().splitlines()])


def methods(seeds: int, base: Path, backbones: list[str]) -> list[dict[str, Any]]:
    """The first table: every method, frozen and half-frozen."""
    train = CLOTHING / "train_longtail_list.txt"
    counts = class_counts(train)
    rows = []
    for freeze in backbones:
        for name, stages in METHODS.items():
            found = [measure(recipe(name, seed, freeze, stages, train), base, counts) for seed in range(seeds)]
            rows.append(summary({"backbone": freeze, "method": name}, found))
    return rows


def synthetic(seeds: int, base: Path) -> list[dict[str, Any]]:
    """The second table: degraded copies fill the classes up to 200 rows, at several shares and weights; frozen."""
    train = CLOTHING / "train_longtail_list.txt"
    counts = class_counts(train)
    joined = degraded(train, base / "synthetic", fill=200)
    rows = []
    for share in (0.0, 0.25, 0.5, 0.75):
        for weight in (1.0, 0.5, 0.25) if share else (1.0,):
            stage = {
                "data": {"strategy": "oversample", "synthetic_share": share, "weights": str(base / f"w{weight}.csv")}
            }
            write_weights(base / f"w{weight}.csv", len(counts), weight)
            name = f"synthetic-{share}-{weight}"
            found = [
                measure(recipe(name, seed, "frozen", [(1.0, stage)], joined), base, counts) for seed in range(seeds)
            ]
            rows.append(summary({"synthetic share": share, "synthetic weight": weight}, found))
    return rows


def write_weights(path: Path, class_num: int, weight: float) -> None:
    """Weight of synthetic rows; real ones count 1."""
    lines = [
        f"{label},{source},{value}"
        for label in range(class_num)
        for source, value in (("real", 1.0), ("synthetic", weight))
    ]
    path.write_text("class,source,weight\n" + "\n".join(lines) + "\n")


def degraded(train: Path, folder: Path, *, fill: int) -> Path:
    """Blurred, posterised, recompressed copies of a class's own pictures until it has ``fill`` rows."""
    import cv2

    folder.mkdir(parents=True)
    by_class: dict[int, list[str]] = {}
    for line in train.read_text().splitlines():
        path, written = line.rsplit(" ", 1)
        by_class.setdefault(int(written), []).append(path)
    lines = []
    for label, paths in by_class.items():
        for index in range(max(fill - len(paths), len(paths) // 2)):
            picture = cv2.imread(str(train.parent / paths[index % len(paths)]))
            turned = cv2.flip(picture, 1) if index // len(paths) % 2 == 0 else picture
            blurred = cv2.GaussianBlur(cv2.resize(turned, (160, 160)), (0, 0), 2.0 + index % 3)
            cv2.imwrite(str(folder / f"{label}_{index}.jpg"), blurred // 48 * 48, [cv2.IMWRITE_JPEG_QUALITY, 20])
            lines.append(f"{label}_{index}.jpg {label}\n")
    (folder / "list.txt").write_text("".join(lines))
    joined = folder / "dataset.yaml"
    joined.write_text(
        f"schema: datatool.dataset/1\ntrain:\n  - {{list: {train}, root: {train.parent}}}\n"
        f"  - {{list: {folder / 'list.txt'}, root: {folder}, source: synthetic}}\n"
    )
    return joined


def summary(keys: dict[str, Any], found: list[dict[str, float]]) -> dict[str, Any]:
    """Mean over seeds, and the spread of the balanced accuracy."""
    means = {f"{name}": round(mean(one[name] for one in found), 3) for name in found[0]}
    spread = round(stdev(one["balanced"] for one in found), 3) if len(found) > 1 else None
    row = {**keys, "seeds": len(found), **means, "balanced_sd": spread}
    print(row, flush=True)
    return row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--table", choices=["methods", "synthetic"], default="methods")
    parser.add_argument("--backbone", action="append", choices=list(FREEZE))
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="longtail-") as folder:
        if options.table == "methods":
            rows = methods(options.seeds, Path(folder), options.backbone or list(FREEZE))
        else:
            rows = synthetic(options.seeds, Path(folder))
    if options.out is not None:
        write_rows(rows, options.out)


if __name__ == "__main__":
    main()
