"""`--export-list`: one line per draw, for trainers that know nothing of plans.

Such a list is frozen: a trainer reads it in every epoch, so that rows outside the quota are never seen. Several epochs
in one list have them drawn in their turn.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from datatool.balance._draft import Draft
from datatool.progress import progress
from datatool.rows import Rows, delimited_line, require_conserved
from datatool.schemas import ConfigError, DatasetError, Plan, atomic_file

_CHUNK: Final = 4096  # draws at a time; the sampler is fastest from here on
_NAMED: Final = {"space": " ", "tab": "\t", "comma": ",", "\\t": "\t"}


@dataclass(frozen=True, kw_only=True)
class ExportedList:
    """What was written.

    Attributes:
        base: The folder that paths are relative to.
        lines: One per draw.
        num_epochs: Epochs in it.
        num_rows: Rows of the plan.
        seen: Rows that stand in it at least once.
        epochs_for_all: Epochs until every row that is drawn at all has been; None where some never are.
    """

    base: Path
    lines: int
    num_epochs: int
    num_rows: int
    seen: int
    epochs_for_all: int | None

    @property
    def unseen(self) -> int:
        """Rows that a trainer never sees, however often it reads the list."""
        return self.num_rows - self.seen

    def frozen(self) -> str:
        """What a trainer that reads this list in every epoch does not get, in a sentence without a full stop."""
        epochs = "one epoch" if self.num_epochs == 1 else f"{self.num_epochs} epochs"
        rows = "every row is seen" if not self.unseen else f"{self.unseen:,} of {self.num_rows:,} rows are never seen"
        return (
            f"the list is {epochs}, frozen: {rows}, however long it is trained on; a trainer that shuffles it has the "
            "same class counts in each pass and no longer in each batch"
        )


def read_delimiter(text: str, /) -> str:
    r"""A delimiter as it is given on a command line: itself, or space, tab, comma, or a backslash and t.

    Raises:
        ConfigError: If it is empty or would end a line.

    >>> read_delimiter("tab"), read_delimiter("\\t"), read_delimiter(";")
    ('\t', '\t', ';')
    """
    delimiter = _NAMED.get(text, text)
    if not delimiter or "\n" in delimiter or "\r" in delimiter:
        raise ConfigError(f"--delimiter must be a text without line ends; got {text!r}", hint="for example tab")
    return delimiter


def check_export_paths(rows: Rows, split: str, /, *, delimiter: str) -> None:
    """Whether every path of a split can stand before the delimiter, before anything is written.

    Raises:
        DatasetError: With file and line of the first that cannot.
    """
    connection = rows.read()
    where = "FROM rows WHERE split::VARCHAR = ?"
    roots = [root for (root,) in connection.execute(f"SELECT DISTINCT root::VARCHAR {where}", [split]).fetchall()]
    base = export_base([os.path.abspath(root) for root in roots])
    found = connection.execute(
        f"SELECT root::VARCHAR, path, label, file::VARCHAR, line {where}",
        [split],
    )
    while batch := found.fetchmany(_CHUNK):
        for root, path, label, file, line in batch:
            written = written_path(path, os.path.abspath(root), base)
            delimited_line(written, label, delimiter, file=file, line=line)


def export_base(roots: Sequence[str], /) -> str:
    """The folder that paths of a list are relative to: the root, or the folder that all roots share."""
    return roots[0] if len(roots) == 1 else os.path.commonpath(roots)


def written_path(path: str, root: str, base: str, /) -> str:
    """A path of a row as a list relative to ``base`` has it."""
    return path if root == base else os.path.relpath(os.path.join(root, path), base)


def export_list(plan: Plan, file: Path, /, *, num_epochs: int = 1, delimiter: str = " ") -> ExportedList:
    """Write epochs as `path label` lines, in the order they are drawn.

    Paths are as they were listed where all rows have one root; otherwise they are relative to the folder that all roots
    share.

    Args:
        plan: An opened plan.
        file: Where the list is written.
        num_epochs: Epochs, one after the other.
        delimiter: What stands between path and label.

    Raises:
        DatasetError: If a path cannot stand in a list, the delimiter would split it, or rows lie in containers.
        ConfigError: If ``num_epochs`` is less than 1.
    """
    from datatool.samplers import BalancedSampler  # the order of an epoch, which a plan without a list does not need

    if num_epochs < 1:
        raise ConfigError(f"--export-epochs must be at least 1; got {num_epochs}")
    if plan.containers:
        raise DatasetError(
            f"a list for other trainers must name files; got rows in '{plan.containers[0].path}'",
            hint="other trainers read the shards themselves; datatool prepare writes a file for each image",
        )
    sampler = BalancedSampler(plan, batch_size=_CHUNK, seed=plan.seed)
    base = export_base(plan.roots)
    seen = np.zeros(plan.num_rows, np.bool_)
    lines, total = 0, num_epochs * plan.epoch_size
    with (
        progress("writing the list", total=total, unit="lines") as advance,
        atomic_file(file) as temporary,
        temporary.open("w", encoding="utf-8", newline="\n") as stream,
    ):
        for step in range(num_epochs * len(sampler)):
            numbers = np.asarray(sampler.batch(*divmod(step, len(sampler))))
            read = plan.rows(numbers)
            for path, root, label in zip(read.path, read.root, read.label.tolist(), strict=True):
                stream.write(delimited_line(written_path(path, root, base), label, delimiter))
            seen[numbers] = True
            lines += len(read.path)
            advance(len(read.path))
        require_conserved(read=total, written=lines)
    return ExportedList(
        base=Path(base),
        lines=lines,
        num_epochs=num_epochs,
        num_rows=plan.num_rows,
        seen=int(seen.sum()),
        epochs_for_all=epochs_for_all(plan),
    )


def epochs_for_all(plan: Plan | Draft, /) -> int | None:
    """Epochs until each row has been drawn; None where a cell with rows is never drawn from."""
    cells = plan.cells
    if (cells.quota == 0).any():
        return None
    return int(np.ceil(cells.num_rows / cells.quota).max())
