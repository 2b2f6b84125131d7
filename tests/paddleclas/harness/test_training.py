"""Unedited `tools/train.py` and `tools/eval.py` on a shipped YAML, with the overrides that we print."""

from __future__ import annotations

import json
import shlex
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from datatool.paddleclas import balance_config, read_config

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

Run = Callable[..., str]

YAML = "ppcls/configs/quick_start/ResNet50_vd.yaml"
ROWS = {0: 40, 1: 12, 2: 8}
BATCH = 8
SMALL = [  # a net, a size and a number of epochs that a CPU has time for; nothing about data
    "Global.device=cpu",
    "Global.epochs=3",
    "Global.print_batch_step=1",
    "Arch.name=PPLCNet_x0_25",
    "Arch.pretrained=False",
    "Arch.class_num=3",
    "DataLoader.Train.dataset.transform_ops.1.RandCropImage.size=32",
    "DataLoader.Eval.dataset.transform_ops.1.ResizeImage.resize_short=36",
    "DataLoader.Eval.dataset.transform_ops.2.CropImage.size=32",
    "DataLoader.Train.loader.num_workers=0",
    "DataLoader.Eval.loader.num_workers=0",
    f"DataLoader.Train.sampler.batch_size={BATCH}",
    "Metric.Eval.0.TopkAcc.topk=[1]",
    "Metric.Train.0.TopkAcc.topk=[1]",
]


def flowers(folder: Path) -> None:
    """Pictures where the shipped YAML looks for them: a colour for each class."""
    root = folder / "dataset" / "flowers102"
    (root / "jpg").mkdir(parents=True)
    chance = np.random.default_rng(0)
    for name, rows in (("train", ROWS), ("val", dict.fromkeys(ROWS, 4))):
        lines = []
        for label, count in rows.items():
            for place in range(count):
                pixels = chance.integers(0, 90, (40, 40, 3), np.uint8)
                pixels[..., label] += 120
                Image.fromarray(pixels).save(root / "jpg" / f"{name}{label}_{place}.jpg")
                lines.append(f"jpg/{name}{label}_{place}.jpg {label}\n")
        (root / f"{name}_list.txt").write_text("".join(lines))


def passes(file: Path, suffix: str) -> list[list[list[int]]]:
    """Labels of the batches of each pass over a list."""
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    return [line["batches"] for line in lines if line["list"].endswith(suffix)]


def trained(checkout: Path, run: Run, folder: Path, **options: object) -> Path:
    """A training with what `paddleclas balance` printed; the labels that its loaders gave."""
    flowers(folder)
    config = read_config(checkout / YAML, overrides=SMALL, cwd=folder)
    done = balance_config(config, strategy="oversample", out=folder / "balanced", overrides=SMALL, **options)  # type: ignore[arg-type]
    labels = folder / "labels.jsonl"
    words = shlex.split(done.command.replace("\\\n", " "))
    assert words[:3] == ["python3", "tools/train.py", "-c"]
    log = run("tools/train.py", *words[2:], labels=labels)
    assert "Skip loading" not in log
    return labels


def test_a_balanced_list_gives_every_class_its_quota_in_each_epoch(checkout: Path, run: Run, tmp_path: Path) -> None:
    """Read back from the loader of the running training: 40 of each of three classes in each of three epochs."""
    found = passes(trained(checkout, run, tmp_path), "balanced/train_list.txt")
    assert 3 == len(found)
    for batches in found:
        assert {0: 40, 1: 40, 2: 40} == Counter(label for batch in batches for label in batch)
    [weights] = (tmp_path / "output").rglob("latest.pdparams")
    given = [*SMALL, f"Global.pretrained_model={weights.with_suffix('')}"]
    evaluated = run("tools/eval.py", "-c", checkout / YAML, *[word for one in given for word in ("-o", one)])
    assert "top1" in evaluated


def test_the_sampler_balances_every_batch(checkout: Path, run: Run, tmp_path: Path) -> None:
    """The same quotas, and in a batch of 8 two or three of each of three classes, with the YAML's own list."""
    found = passes(trained(checkout, run, tmp_path, sampler=True), "flowers102/train_list.txt")
    assert 3 == len(found)
    for batches in found:
        assert {0: 40, 1: 40, 2: 40} == Counter(label for batch in batches for label in batch)
        counts = [Counter(batch)[label] for batch in batches for label in ROWS]
        assert min(counts) >= 1, counts
        assert max(counts) <= 5, counts


def test_the_epochs_of_a_list_reach_every_row(checkout: Path, run: Run, tmp_path: Path) -> None:
    """Three epochs in one list are one pass of PaddleClas."""
    [batches] = passes(trained(checkout, run, tmp_path, num_epochs=3), "balanced/train_list.txt")
    assert {0: 120, 1: 120, 2: 120} == Counter(label for batch in batches for label in batch)
