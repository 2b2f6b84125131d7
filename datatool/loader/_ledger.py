"""What went wrong while loading: one entry per file, and the budget."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from datatool.pipelines import Fault
from datatool.schemas import ConfigError, LoaderError

OnError = Literal["replace", "skip", "raise"]
Action = Literal["repaired", "replaced", "skipped", "raised"]
_ACTIONS: dict[OnError, Action] = {"replace": "replaced", "skip": "skipped", "raise": "raised"}


@dataclass(kw_only=True)
class FileError:
    """One file that could not be used as it is.

    Attributes:
        path: Joined to its root.
        row: In the plan or list.
        reason: What is wrong with it.
        action: What was done about it.
        times: How many draws met it.
    """

    path: str
    row: int
    reason: str
    action: Action
    times: int = 0


def error_limit(max_errors: float, num_rows: int, /) -> int:
    """How many files may fail: an int is a number of files, a float a share of the rows.

    Raises:
        ConfigError: If it is negative, or a share over 1.

    >>> error_limit(0.01, 1000), error_limit(3, 1000)
    (10, 3)
    """
    if isinstance(max_errors, int) and not isinstance(max_errors, bool) and max_errors >= 0:
        return max_errors
    if isinstance(max_errors, float) and 0 <= max_errors <= 1:
        return int(max_errors * num_rows)
    raise ConfigError(f"max_errors must be a number of files or a share from 0.0 to 1.0; got {max_errors!r}")


class Ledger:
    """Counts faulty files in the order in which batches are handed over.

    Args:
        on_error: What is done about a file that cannot be used.
        limit: Files that may fail; mended ones do not count.
    """

    def __init__(self, *, on_error: OnError, limit: int) -> None:
        self.limit = limit
        self._action = _ACTIONS[on_error]
        self._entries: dict[str, FileError] = {}
        self._failed: dict[str, str] = {}  # unreadable path -> reason; counted, and kept out of later reads
        self._over: set[str] = set()

    @property
    def errors(self) -> list[FileError]:
        """One entry per file, in the order they were met."""
        return list(self._entries.values())

    @property
    def quarantine(self) -> dict[str, str]:
        """Unreadable path -> reason."""
        return dict(self._failed)

    def restore(self, quarantine: dict[str, str], /) -> None:
        """Count files that were found unreadable before a restart."""
        self._failed = dict(quarantine)
        self._over = set(quarantine)

    def record(self, faults: Iterable[Fault], /) -> None:
        """Book the faults of one batch.

        Raises:
            LoaderError: With ``on_error="raise"`` at the first unusable file, else once more than the limit failed.
        """
        for fault in faults:
            self._book(fault)
            if fault.kind == "repaired":
                continue
            if fault.kind == "unreadable":
                self._failed[fault.path] = fault.reason
            self._over.add(fault.path)
            if self._action == "raised":
                raise LoaderError(
                    f"an image must be usable; got '{fault.path}': {fault.reason}",
                    hint="run datatool clean, or load with on_error='replace'",
                )
            if len(self._over) > self.limit:
                raise LoaderError(
                    f"at most {self.limit} files may be unusable (max_errors); got {len(self._over)}, "
                    f"the last '{fault.path}': {fault.reason}",
                    hint="run datatool audit --images on the data set, or raise max_errors",
                )

    def _book(self, fault: Fault) -> None:
        action: Action = "repaired" if fault.kind == "repaired" else self._action
        entry = self._entries.get(fault.path)
        if entry is None or (entry.action == "repaired" and action != "repaired"):
            times = 0 if entry is None else entry.times
            entry = FileError(path=fault.path, row=fault.row, reason=fault.reason, action=action, times=times)
            self._entries[fault.path] = entry
        entry.times += 1


def first_paths_exist(paths: Iterable[str], roots: Iterable[str], /) -> None:
    """Look for the first paths before anything starts.

    Raises:
        LoaderError: If none exists, naming the root.
    """
    paths = list(paths)
    if paths and not any(Path(path).exists() for path in paths):
        root = next(iter(roots))
        raise LoaderError(
            f"the images must lie under their root; got none of the first {len(paths)} under '{root}', "
            f"such as '{paths[0]}'",
            hint="give the folder that the paths of the list start from, with root=",
        )
