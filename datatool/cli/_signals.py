"""SIGINT, SIGTERM and SIGHUP unwind the program like an exception, so that it removes what it has half written."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from types import FrameType
from typing import Final

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_PATIENCE: Final = 10.0  # seconds for cleaning up; who asks again after them ends the program as it is
_AGAIN: Final = 0.05  # seconds between two attempts to interrupt: a query that begins forgets an earlier one


class Stopped(BaseException):
    """Raised in the main thread when a signal has come; no `except Exception` may stop it."""


class Signals:
    """What came.

    Attributes:
        first: The first signal that was heard, or None.
    """

    def __init__(self) -> None:
        self.first: int | None = None
        self._since = 0.0

    def say(self) -> int:
        """Say on standard error what came; the exit code, as shells report a program that a signal ended."""
        assert self.first is not None
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.write(f"error: {'interrupted' if self.first == signal.SIGINT else 'terminated'}.\n")
        return 128 + self.first

    def hear(self, number: int, frame: FrameType | None, /) -> None:
        """The handler: raises once, and lets the program clean up in peace after that."""
        del frame
        if self.first is None:
            self.first, self._since = number, time.monotonic()
            raise Stopped  # not KeyboardInterrupt, which other people's code makes something else of
        if time.monotonic() - self._since > _PATIENCE:
            os._exit(128 + number)

    def interrupt(self, pipe: int, /) -> None:
        """In a thread: a query holds the main thread up, which hears of a signal only once the query has ended."""
        with open(pipe, "rb", buffering=0) as stream:
            while number := stream.read(1):
                while self.first is None and signal.getsignal(number[0]) == self.hear:
                    # A room half imported has no queries yet.
                    getattr(sys.modules.get("datatool.rows"), "interrupt_queries", _nothing)()
                    time.sleep(_AGAIN)


def _nothing() -> None:
    pass


@contextlib.contextmanager
def heard() -> Iterator[Signals]:
    """Hear signals while the block runs; those that whoever started the program has it ignore stay ignored."""
    signals = Signals()
    before = {number: signal.getsignal(number) for number in _SIGNALS}
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    wakeup = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    threading.Thread(target=signals.interrupt, args=(reader,), name="datatool-signals", daemon=True).start()
    try:
        for number, handler in before.items():
            if handler is not signal.SIG_IGN:
                signal.signal(number, signals.hear)
        yield signals
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(wakeup)
        os.close(writer)  # ends the thread
