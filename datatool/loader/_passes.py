"""Passes over a loader: which epoch is under way and how far it is, and why one cannot go on.

A pass ends after its last step and never sooner. One that was left, because another epoch was asked for, a state was
loaded, something failed or the loader was closed, raises when it is next asked: a loop that just ended would be taken
for a whole epoch.
"""

from __future__ import annotations

import operator
import os
from collections.abc import Callable, Generator, Iterator
from typing import Any, NoReturn

from datatool.loader._batch import Batch
from datatool.schemas import LoaderError


class Access:
    """Whether a loader may be used: it is open, and this is the process that made it."""

    def __init__(self) -> None:
        self.closed = False
        self._process = os.getpid()

    @property
    def forked(self) -> bool:
        """Whether this is a child of the process that made the loader: threads and processes stayed behind there."""
        return os.getpid() != self._process

    def check(self) -> None:
        """Refuse what would wait for nothing.

        Raises:
            LoaderError: If the loader is closed, or this is another process.
        """
        if self.closed:
            raise LoaderError("a loader must be open; got a closed one")
        if self.forked:
            raise LoaderError(
                f"a loader must be used in the process that made it; got process {os.getpid()}, a forked child of "
                f"process {self._process}, which has none of its threads",
                hint="make the loader in the child, or set num_workers=0 where another data loader wraps this one",
            )

    def __reduce__(self) -> NoReturn:
        raise LoaderError(
            "a loader must stay in the process that made it; got one to be sent to another",
            hint="make the loader in that process, from the plan's folder",
        )


class Pass(Iterator[Batch]):
    """The batches of one pass.

    Attributes:
        epoch: Which one it is.
        step: Of which the next batch is.
    """

    def __init__(
        self, batches: Generator[Batch, None, None], access: Access, /, *, epoch: int, first: int, num_steps: int
    ) -> None:
        self.epoch = epoch
        self.step = first
        self._batches = batches
        self._access = access
        self._first = first
        self._num_steps = num_steps
        self._ended = False
        self._why = ""  # it cannot go on

    @property
    def begun(self) -> bool:
        """Whether a batch was handed over, or there was none."""
        return self._ended or self.step > self._first

    def __next__(self) -> Batch:
        if self.step >= self._num_steps:
            self._ended = True
            self._batches.close()
            raise StopIteration
        self._access.check()
        if self._why:
            raise LoaderError(
                f"an iterator must be that of the epoch under way; got one of epoch {self.epoch}, left after "
                f"{self.step} of {self._num_steps} steps because {self._why}",
                hint="finish an epoch before the next is asked for, or open a second loader; "
                "load_state_dict(loader.state_dict()) goes on where a loader stands",
            )
        try:
            batch = next(self._batches)
        except BaseException as error:
            self._why = f"it stopped with {type(error).__name__}"
            raise
        self.step += 1
        return batch

    def leave(self, why: str, /) -> None:
        """Drop what is under way; the pass then says why, unless it handed over all it had."""
        self._why = self._why or why
        self._batches.close()

    def close(self) -> None:
        """Drop what is under way."""
        self.leave("it was closed")


class Epochs:
    """Which epoch of a loader is under way, and which comes next.

    Args:
        access: Of the loader.
        num_steps: Steps per epoch.
    """

    def __init__(self, access: Access, /, *, num_steps: int) -> None:
        self._access = access
        self._num_steps = num_steps
        self._loaded = (0, 0)
        self._resume: tuple[int, int] | None = None
        self._latest: Pass | None = None
        self._chosen: int | None = None

    @property
    def cursor(self) -> tuple[int, int]:
        """The epoch last asked for, and its steps that were handed over."""
        return self._loaded if self._latest is None else (self._latest.epoch, self._latest.step)

    def begin(self, epoch: int, make: Callable[[int, int], Generator[Batch, None, None]], /) -> Pass:
        """A pass over an epoch, made from the epoch and its first step; the pass before it is left.

        The epoch of a loaded state goes on at its step until a batch was handed over, every other begins at 0.

        Raises:
            LoaderError: If it is no number of an epoch, or the loader may not be used.
        """
        self._access.check()
        epoch = _number(epoch)
        if self._latest is not None:
            self._resume = None if self._latest.begun else self._resume
            self._latest.leave(f"epoch {epoch} was asked for")
        first = self._resume[1] if self._resume is not None and self._resume[0] == epoch else 0
        self._latest = Pass(make(epoch, first), self._access, epoch=epoch, first=first, num_steps=self._num_steps)
        return self._latest

    def choose(self, epoch: int, /) -> None:
        """Say which epoch `following` gives next."""
        self._access.check()
        self._chosen = _number(epoch)

    def following(self) -> int:
        """The chosen epoch, once; else the one after the last begun.

        One that was asked for and never handed over a batch has not begun, and so comes still.
        """
        if self._chosen is not None:
            chosen, self._chosen = self._chosen, None
            return chosen
        epoch, step = self.cursor
        begun = step >= self._num_steps if self._latest is None else self._latest.begun
        return epoch + begun

    def load(self, cursor: tuple[int, int], /) -> None:
        """Stand where a saved state stood."""
        self._access.check()
        if self._latest is not None:
            self._latest.leave("a state was loaded")
        self._latest = self._chosen = None
        self._loaded = self._resume = cursor

    def close(self) -> None:
        """Drop what is under way."""
        if self._latest is not None:
            self._latest.leave("the loader was closed")


def _number(epoch: Any) -> int:
    """An epoch as a whole number of Python: numpy's are not JSON."""
    try:
        number = operator.index(epoch)
    except TypeError:
        number = -1
    if number < 0:
        raise LoaderError(f"an epoch must be a whole number of at least 0; got {epoch!r}")
    return number
