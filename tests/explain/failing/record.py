"""Runs failures one after another in this process, each with everything that it prints in a log of its own."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path

_SECONDS = 8  # in which a loader notices that its workers are gone
_ALONE = {"killed", "fault", "memory"}  # words of failures after which a process is no place for others


def record(name: str, fail: Callable[[], object], folder: Path) -> None:
    """Write ``NAME.log``; what workers and C++ print goes there too, through the file descriptors."""
    with (folder / f"{name}.log").open("wb") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
        try:
            fail()
        except BaseException:  # noqa: BLE001 - whatever it is belongs into the log
            _let_threads_finish()
            traceback.print_exc()
        with contextlib.suppress(RuntimeError):  # torch tells of a worker's death whenever it comes
            time.sleep(_SECONDS if _is_alone(name) else 0)
        sys.stdout.flush()
        sys.stderr.flush()


def _let_threads_finish() -> None:
    """A thread that reads ahead tells the cause itself, and may still be printing it when this thread has failed."""
    end = time.monotonic() + _SECONDS
    for thread in threading.enumerate():
        if thread is not threading.current_thread():
            thread.join(max(0, end - time.monotonic()))


def _is_alone(name: str) -> bool:
    return bool(_ALONE & {*name.split("_")})


def main(names: Mapping[str, object]) -> None:
    """What a script of failures does: the folder, and perhaps names, are its arguments; some run only when named."""
    failures = {
        name: value
        for name, value in names.items()
        if callable(value) and getattr(value, "__module__", "") == "__main__" and name[0] not in "_P"
    }
    folder = Path(sys.argv[1]).absolute()
    os.chdir(folder)
    for name in sys.argv[2:] or [name for name in failures if not _is_alone(name)]:
        record(name, failures[name], folder)
    os._exit(0)  # a loader that lost its workers may wait for them at the end of an interpreter
