"""The text of a recipe to begin with: every line that somebody may want to change, with why it says what it says."""

from __future__ import annotations

import json
import re
from typing import Final

from datatool.runs._starter import Seen
from datatool.schemas import IMAGE_SIZE

_PLAIN: Final = re.compile(r"[A-Za-z0-9_./][\w./-]*")
_EVAL_SIDE: Final = 256 / 224  # short side before the central crop, as ImageNet's recipes have it

_TEXT: Final = """\
# {rows:,} training rows in {class_num:,} classes (class_num = largest id + 1), {imbalance:,.1f} to 1.
# datatool config show FILE prints every key; datatool train FILE -o KEY=VALUE sets one for a run.

global:
  output: runs                        # the run goes to runs/NAME; NAME is this file's, without .yaml

model:
  backbone: "paddle.vision:resnet18"  # or datatool:resnet50_vd, MODULE:CALLABLE, timm:NAME with run.trainer torch
  pretrained: null                    # default: the framework's own, fetched once; or a file of weights
  freeze: none                        # with pretrained weights and few pictures: backbone trains the head alone
  class_num: {class_num:<17d}        # a larger one keeps ids free for classes to come

data:
  train: {train}
  strategy: {strategy:<18s}        # {why}
  val: {val:<23s}        # {val_why}
  image_size: {image_size:<16d}        # {size_why}
  eval_resize: {eval_resize:<15d}        # short side before the central crop when evaluating
  batch_size: {batch_size:<16d}        # per device
  augment: crop-flip{synthetic}

optimizer:
  lr: 0.01                            # with a frozen backbone 0.05 to 0.1 is usual
  schedule: cosine

run:
  epochs: 10
"""

_WHY: Final = {
    "natural": "classes are about equally frequent",
    "sqrt": "some classes are rarer; oversample makes all equal",
    "oversample": "every class is drawn equally often; sqrt is the milder way",
}


def starter_text(seen: Seen, /) -> str:
    """The recipe."""
    return _TEXT.format(
        rows=seen.rows,
        class_num=seen.class_num,
        imbalance=seen.imbalance,
        train=_scalar(seen.dataset),
        strategy=seen.strategy,
        why=_WHY[seen.strategy],
        val="null" if seen.val is None else _scalar(seen.val),
        val_why=_val_why(seen),
        image_size=seen.image_size,
        size_why=_size_why(seen),
        eval_resize=round(seen.image_size * _EVAL_SIDE),
        batch_size=seen.batch_size,
        synthetic=_synthetic(seen),
    )


def _val_why(seen: Seen) -> str:
    if seen.val is None:
        return "nothing is evaluated: datatool split DATASET --val 0.1 -o DIR makes a val list"
    return "its val split" if seen.val == seen.dataset else "chooses the best checkpoint"


def _size_why(seen: Seen) -> str:
    if seen.short_side is None:
        return "no picture could be opened to tell their size"
    smaller = " and enlarging them gains nothing" if seen.image_size < IMAGE_SIZE else ""
    return f"short sides are {seen.short_side} pixels in the middle{smaller}"


def _synthetic(seen: Seen) -> str:
    if not seen.synthetic:
        return ""
    return "\n  synthetic_share: null               # synthetic part of each class's draws; 0 is real only"


def _scalar(text: str) -> str:
    """A path as YAML, quoted where it would be read as something else."""
    plain = _PLAIN.fullmatch(text) and not re.fullmatch(r"[\d.]+|true|false|null", text, re.IGNORECASE)
    return text if plain else json.dumps(text, ensure_ascii=False)
