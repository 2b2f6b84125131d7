"""What went wrong while loading: one entry per file, and the budget."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any, Literal

from datatool.pipelines import Fault
from datatool.schemas import ConfigError, LoaderError
from datatool.storage import Locator, missing_first, signature

OnError = Literal["replace", "skip", "raise"]
Action = Literal["repaired", "replaced", "skipped", "raised"]
_REPAIRED: Action = "repaired"
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

    >>> error_limit(0.01, 1000), error_limit(0.29, 100), error_limit(3, 1000)
    (10, 29, 3)
    """
    if isinstance(max_errors, Integral) and not isinstance(max_errors, bool) and max_errors >= 0:
        return int(max_errors)
    if isinstance(max_errors, Real) and not isinstance(max_errors, Integral) and 0 <= max_errors <= 1:
        return int(float(max_errors) * num_rows + 1e-9)  # 0.29 of 100 is 28.999999999999996
    raise ConfigError(f"max_errors must be a number of files or a share from 0.0 to 1.0; got {max_errors!r}")


class Ledger:
    """Counts faulty files in the order in which batches are handed over.

    Args:
        on_error: What is done about a file that cannot be used.
        limit: Files that may fail; mended ones do not count.
    """

    def __init__(self, *, on_error: OnError, limit: int) -> None:
        self.limit = limit
        self._action: Action = _ACTIONS[on_error]
        self._entries: dict[str, FileError] = {}
        self._failed: dict[str, dict[str, Any]] = {}  # unreadable path -> reason, and size and time it had
        self._over: set[str] = set()

    @property
    def errors(self) -> list[FileError]:
        """One entry per file, in the order they were met."""
        return list(self._entries.values())

    @property
    def quarantine(self) -> dict[str, dict[str, Any]]:
        """Unreadable path -> its reason, and its size and time when it was found so, as plain JSON."""
        return dict(self._failed)

    def restore(self, quarantine: Mapping[str, Mapping[str, Any]], /) -> dict[str, str]:
        """Count files that were found unreadable before a restart.

        A file that was changed since is forgotten, so that what is loaded depends on the files and not on history.

        Returns:
            Path -> reason of the files that are still what they were.
        """
        self._failed = {path: dict(entry) for path, entry in quarantine.items() if entry["file"] == _signature(path)}
        self._over = set(self._failed)
        return {path: entry["reason"] for path, entry in self._failed.items()}

    def record(self, faults: Iterable[Fault], /) -> None:
        """Book the faults of one batch.

        Raises:
            LoaderError: With ``on_error="raise"`` at the first unusable file, else once more than the limit failed.
        """
        for fault in faults:
            self._book(fault)
            if fault.kind == "repaired":
                continue
            if fault.kind == "unreadable" and fault.path not in self._failed:
                self._failed[fault.path] = {"reason": fault.reason, "file": _signature(fault.path)}
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
        action = self._action if fault.kind != "repaired" else _REPAIRED
        entry = self._entries.get(fault.path)
        if entry is None or (entry.action == "repaired" and action != "repaired"):
            times = 0 if entry is None else entry.times
            entry = FileError(path=fault.path, row=fault.row, reason=fault.reason, action=action, times=times)
            self._entries[fault.path] = entry
        entry.times += 1


def _signature(path: str) -> list[int] | None:
    """Size and modification time; None for a file that is not there."""
    try:
        return list(signature(path))
    except (OSError, ValueError):
        return None


def check_first_paths(paths: Sequence[Locator], /, *, root: str, hint: str) -> None:
    """Look for the first images before anything starts.

    Args:
        paths: Of the images in order.
        root: Of the first one, for the message.
        hint: What to do.

    Raises:
        LoaderError: If there are any and none of the first ones exists.
    """
    if missing := missing_first(paths):
        raise LoaderError(
            f"the images must lie under their root; got none of the first {len(missing)} under '{root}', "
            f"such as '{missing[0]}'",
            hint=hint,
        )
