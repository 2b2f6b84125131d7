"""YAML files in the shapes that PaddleClas has, written by ourselves, with lists that they name."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import yaml

TRAIN = "".join(
    f"img/{label}_{place}.jpg {label}\n" for label, rows in ((0, 12), (1, 6), (2, 3)) for place in range(rows)
)
VAL = "".join(f"img/v{label}_{place}.jpg {label}\n" for label in range(3) for place in range(2))


def dataset(path: str, /, *, name: str = "ImageNetDataset", **more: Any) -> dict[str, Any]:
    """The `dataset` section of a list."""
    return {"name": name, "image_root": "data", "cls_label_path": path, **more}


def loader(given: dict[str, Any], /, *, batch_size: int = 4, drop_last: bool = False, **sampler: Any) -> dict[str, Any]:
    """A section of `DataLoader`."""
    chosen = {"name": "DistributedBatchSampler", "batch_size": batch_size, "drop_last": drop_last, "shuffle": True}
    return {
        "dataset": given,
        "sampler": {**chosen, **sampler},
        "loader": {"num_workers": 0, "use_shared_memory": False},
    }


def sections(**changes: Any) -> dict[str, Any]:
    """A YAML for single labels: Train and a flat Eval."""
    tree = {
        "Global": {"epochs": 8, "device": "cpu", "use_dali": False, "pretrained_model": None},
        "Arch": {"name": "ResNet50_vd", "class_num": 3},
        "Loss": {"Train": [{"CELoss": {"weight": 1.0}}], "Eval": [{"CELoss": {"weight": 1.0}}]},
        "DataLoader": {"Train": loader(dataset("data/train.txt")), "Eval": loader(dataset("data/val.txt"))},
    }
    return _changed(tree, changes)


def six_section(**changes: Any) -> dict[str, Any]:
    """A YAML of release 2.0."""
    part = {"batch_size": 4, "num_workers": 0, "data_dir": "./data", "shuffle_seed": 0}
    tree = {
        "mode": "train",
        "ARCHITECTURE": {"name": "ResNet50_vd"},
        "classes_num": 3,
        "total_images": 21,
        "epochs": 8,
        "LEARNING_RATE": {"function": "Cosine", "params": {"lr": 0.01}},
        "OPTIMIZER": {"function": "Momentum"},
        "TRAIN": {**part, "file_list": "./data/train.txt"},
        "VALID": {**part, "file_list": "./data/val.txt"},
    }
    return _changed(tree, changes)


def write(folder: Path, tree: dict[str, Any], /, *, train: str = TRAIN, val: str = VAL) -> Path:
    """The YAML and its lists in a folder that PaddleClas would run in."""
    (folder / "data").mkdir(parents=True, exist_ok=True)
    for name, text in (("train.txt", train), ("val.txt", val)):
        (folder / "data" / name).write_text(text, encoding="utf-8")
    file = folder / "clas.yaml"
    file.write_text(yaml.safe_dump(tree, sort_keys=False), encoding="utf-8")
    return file


def _changed(tree: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """With dotted keys set: ``Arch__class_num=5`` is ``Arch.class_num``; None takes a key out."""
    tree = copy.deepcopy(tree)
    for key, value in changes.items():
        *path, last = key.split("__")
        place = tree
        for part in path:
            place = place.setdefault(part, {})
        if value is None:
            place.pop(last, None)
        else:
            place[last] = value
    return tree
