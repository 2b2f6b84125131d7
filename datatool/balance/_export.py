"""`--export-list`: one line per draw, for trainers that know nothing of plans."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import numpy as np

from datatool.progress import progress
from datatool.rows import list_line, require_conserved
from datatool.samplers import BalancedSampler
from datatool.schemas import Plan, atomic_file

_CHUNK: Final = 4096  # draws at a time; the sampler is fastest from here on


def export_list(plan: Plan, file: Path, /) -> Path:
    """Write epoch 0 as `path label` lines, in the order it is drawn.

    Paths are as they were listed where all rows have one root; otherwise they are relative to the folder that all roots
    share.

    Args:
        plan: An opened plan.
        file: Where the list is written.

    Raises:
        DatasetError: If a path cannot stand in a list.

    Returns:
        The folder that the paths are relative to.
    """
    sampler = BalancedSampler(plan, batch_size=_CHUNK, seed=plan.seed)
    roots = plan.roots
    base = roots[0] if len(roots) == 1 else os.path.commonpath(roots)
    lines = 0
    with (
        progress("writing the list", total=plan.epoch_size, unit="lines") as advance,
        atomic_file(file) as temporary,
        temporary.open("w", encoding="utf-8", newline="\n") as stream,
    ):
        for step in range(len(sampler)):
            read = plan.rows(np.asarray(sampler.batch(0, step)))
            for path, root, label in zip(read.path, read.root, read.label.tolist(), strict=True):
                written = path if root == base else os.path.relpath(os.path.join(root, path), base)
                stream.write(list_line(written, label))
            lines += len(read.path)
            advance(len(read.path))
        require_conserved(read=plan.epoch_size, written=lines)
    return Path(base)
