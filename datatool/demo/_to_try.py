"""Files beside the demo's own, under the names that the documentation uses, so that its commands run as written."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from datatool.demo._digits import NAMES, DemoData
from datatool.schemas import SYNTHETIC

PHOTOS: Final = 12  # pictures to predict on

_DATASET: Final = f"""schema: datatool.dataset/1
names: label_list.txt
train:
  - {{list: real.txt}}
  - {{list: synthetic.txt, source: {SYNTHETIC}}}
val:
  - {{list: val.txt}}
test:
  - {{list: test.txt}}
"""

_RECIPE: Final = """# Fine-tunes the head of the demo's backbone on its unbalanced digits, balanced.
#   datatool train recipe.yaml
#   datatool train recipe.yaml -o data.strategy=natural -o run.name=natural-again
global: {device: cpu}
model:
  backbone: "datatool.demo:small_backbone"  # a net for two cores; yours may be paddle.vision:resnet18
  pretrained: backbone.safetensors          # trained on digits of fonts; with paddle.vision, `default` is Paddle's own
  freeze: backbone
data:
  train: dataset.yaml                       # its val split chooses the best checkpoint
  strategy: oversample
  image_size: 32
  eval_resize: null                         # the whole picture
  augment: none
  views: 1                                  # one view of each picture: the frozen part is computed once
  mean: [0.5, 0.5, 0.5]
  std: [0.5, 0.5, 0.5]
optimizer: {lr: 0.02}
run: {epochs: 4}
"""


def leave_files(out: Path, data: DemoData, weights: Path, /) -> None:
    """Write lists, a dataset file, class folders, pictures, weights and a recipe into the demo's folder.

    Args:
        out: The folder; paths in the lists are relative to it.
        data: The data set, under ``out``.
        weights: The trained backbone.
    """
    folder = data.test.parent
    real, synthetic, test = (_moved(folder / name, out) for name in ("train.txt", "synthetic.txt", "test.txt"))
    val, held_out = test[::2], test[1::2]
    lists = {
        "real": real, "synthetic": synthetic, "labels": [*real, *synthetic], "val": val, "test": held_out,
        "more": [*real, *synthetic, *val],
    }  # fmt: skip
    for name, lines in lists.items():
        (out / f"{name}.txt").write_text("".join(f"{line}\n" for line in lines))
    shutil.copy(folder / "label_list.txt", out)
    shutil.copy(weights, out / "backbone.safetensors")
    (out / "dataset.yaml").write_text(_DATASET)
    (out / "recipe.yaml").write_text(_RECIPE)
    _copy(out, out / "folders", real, by_class=True)
    _copy(out, out / "photos", held_out[:: len(held_out) // PHOTOS], by_class=False)


def _moved(file: Path, out: Path) -> list[str]:
    """Lines of a list in another folder, with paths relative to the demo's."""
    above = file.parent.relative_to(out)
    return [f"{above}/{line}" for line in file.read_text().splitlines()]


def _copy(out: Path, target: Path, lines: Iterable[str], *, by_class: bool) -> None:
    for line in lines:
        path, _, label = line.rpartition(" ")
        home = target / NAMES[int(label)] if by_class else target
        home.mkdir(parents=True, exist_ok=True)
        shutil.copy(out / path, home)
