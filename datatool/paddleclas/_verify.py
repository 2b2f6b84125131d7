"""Overrides applied as PaddleClas applies them, and the rows read back as it reads them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from datatool.errors import ConfigError
from datatool.paddleclas._class_num import class_num_of
from datatool.paddleclas._config import ClasConfig, read_config
from datatool.paddleclas._lists import ListEntry, lists
from datatool.paddleclas._overrides import read_overrides
from datatool.paddleclas._places import places
from datatool.rows import read_ruled
from datatool.samplers import BalancedSampler
from datatool.schemas import Plan

_CHUNK: Final = 4096


@dataclass(frozen=True, kw_only=True)
class Written:
    """What the overrides are to lead to.

    Attributes:
        plan: The plan.
        folder: Where it is, until it is whole.
        final: Where the overrides say it is.
        num_epochs: Epochs in the list.
        class_num: What its rows need.
    """

    plan: Plan
    folder: Path
    final: Path
    num_epochs: int
    class_num: int

    def here(self, path: str, /) -> str:
        """A place in the final folder, where it is now."""
        inside = os.path.relpath(path, self.final)
        return path if inside.startswith("..") else str(self.folder / inside)


def verify(config: ClasConfig, text: str, written: Written, /) -> None:
    """Apply overrides by PaddleClas's rules and compare every row.

    Raises:
        ConfigError: If another row, another class or too small a class_num comes out.
    """
    applied = read_config(config.file, overrides=read_overrides(text), cwd=config.cwd)
    [train] = [entry for entry in lists(applied) if entry.section in ("DataLoader.Train", "TRAIN")]
    class_num = class_num_of(applied)
    if class_num.value is not None and class_num.value < written.class_num:
        raise _unlike(f"{class_num.key} is {class_num.value} and the rows need {written.class_num}")
    if train.relabel:
        raise _unlike(f"{train.section}.dataset.relabel is on")
    rows = list(read_rows(train, written.here(applied.place(train.path)), applied.place(train.root)))
    if applied.get(f"{train.section}.sampler.plan") is not None:
        places(written.plan, [path for path, _ in rows], [label for _, label in rows])
        return
    number = -1
    for number, (mine, theirs) in enumerate(zip(_draws(written), rows, strict=False)):
        if mine != theirs:
            raise _unlike(f"line {number + 1} gives {theirs}, the plan {mine}")
    if number + 1 != written.num_epochs * written.plan.epoch_size or number + 1 != len(rows):
        raise _unlike(f"{len(rows):,} rows are read, {written.num_epochs * written.plan.epoch_size:,} were drawn")


def read_rows(entry: ListEntry, file: str, root: str, /) -> Iterator[tuple[str, int]]:
    """Absolute path and label of each line, as PaddleClas reads them.

    Raises:
        ConfigError: If it would not read a line.
    """
    with open(file, encoding="utf-8", errors="surrogateescape") as lines_:
        for number, line in enumerate(lines_, start=1):
            row = read_ruled(line, entry.rule)
            if len(row) == 1:
                raise _unlike(f"line {number}: {row[0][1]}")
            path, label, _ = row
            yield os.path.abspath(os.path.join(root, path)), label


def _draws(written: Written) -> Iterator[tuple[str, int]]:
    plan = written.plan
    sampler = BalancedSampler(plan, batch_size=_CHUNK, seed=plan.seed)
    for epoch in range(written.num_epochs):
        for step in range(len(sampler)):
            read = plan.rows(np.asarray(sampler.batch(epoch, step)))
            for path, root, label in zip(read.path, read.root, read.label.tolist(), strict=True):
                yield os.path.abspath(os.path.join(root, path)), label


def _unlike(what: str) -> ConfigError:
    return ConfigError(f"overrides must lead PaddleClas to the rows of the plan; {what}")
