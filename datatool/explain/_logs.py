"""Which files a log consists of: one, or one per rank."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from datatool.explain._lines import STANDARD_INPUT
from datatool.rows import refuse_binary_file
from datatool.schemas import DatasetError

_WORKER: Final = re.compile(r"workerlog\.(\d+)(?:\.gz)?")
_TORCHRUN: Final = re.compile(r"(?:stderr|stdout)\.log(?:\.gz)?")
_EXAMPLES: Final = "for example datatool explain train.log, or datatool explain W202"
_OTHER: Final = (".log", ".out", ".err", ".log.gz")


@dataclass(frozen=True, kw_only=True)
class Log:
    """One file of a log; ``rank`` where its name says so."""

    file: str
    rank: int | None = None


def logs_of(log: str, /) -> list[Log]:
    """The files of a log.

    Raises:
        DatasetError: If it is neither a file of text nor a folder with logs in it.
    """
    if log == STANDARD_INPUT:
        return [Log(file=log)]
    path = Path(log)
    if log and path.is_dir():
        return _in_folder(path)
    if not log or not path.exists():
        raise DatasetError(
            f"LOG must be a log, a folder of them, - or a finding's code; got '{log}', which does not exist",
            hint=_EXAMPLES,
        )
    refuse_binary_file(path, what="LOG must be text", hint=_EXAMPLES)
    return [_named(path)]


def _in_folder(folder: Path) -> list[Log]:
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    workers = [path for path in files if _WORKER.fullmatch(path.name)]
    ranks = workers or [path for path in files if _TORCHRUN.fullmatch(path.name) and path.parent.name.isdigit()]
    others = [path for path in files if path.name.endswith(_OTHER) and path not in ranks]
    if not ranks and not others:
        raise DatasetError(
            f"a folder of logs must hold workerlog.N or files that end in .log; got '{folder}', which has none",
            hint="name the log itself",
        )
    return sorted(map(_named, [*ranks, *others]), key=lambda log: (log.rank is None, log.rank or 0, log.file))


def _named(path: Path) -> Log:
    worker = _WORKER.fullmatch(path.name)
    if worker:
        return Log(file=str(path), rank=int(worker[1]))
    by_folder = _TORCHRUN.fullmatch(path.name) and path.parent.name.isdigit()
    return Log(file=str(path), rank=int(path.parent.name) if by_folder else None)
