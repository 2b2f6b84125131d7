"""Daemon threads that work off one queue of tasks; a task that hangs must not hang the end of the program."""

from __future__ import annotations

import queue
import threading
import weakref
from collections.abc import Callable, Sequence
from typing import Final

from datatool.pipelines._sample import AbandonedError, Trace
from datatool.schemas import LoaderError

Task = Callable[[Trace], None]  # must not raise, but for AbandonedError

_JOIN_SECONDS: Final = 1.0
_MAX_LOST: Final = 16  # threads that decode what will not end: each takes a CPU from the others


class Workers:
    """Threads that run tasks in the order given, each with a `Trace` of its own.

    Args:
        num_threads: Threads, started with the first task.
        name: Of the threads.
    """

    def __init__(self, num_threads: int, /, *, name: str) -> None:
        self.traces = [Trace() for _ in range(num_threads)]
        self._name = name
        self._tasks: queue.SimpleQueue[Task | None] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._lost: list[threading.Thread] = []
        self.close = weakref.finalize(self, _stop, self._tasks, self._threads)

    def submit(self, task: Task, /) -> None:
        """Queue a task."""
        for number, trace in enumerate(self.traces[len(self._threads) :]):
            self._threads.append(self._begin(number, trace, None))
        self._tasks.put(task)

    def replace(self, number: int, task: Task, /) -> None:
        """Have another thread do the task of one whose picture was given up; what it has booked goes on.

        Raises:
            LoaderError: If too many threads are lost already.
        """
        old = self.traces[number]
        self._lost = [*(thread for thread in self._lost if thread.is_alive()), self._threads[number]]
        if len(self._lost) > _MAX_LOST:
            raise LoaderError(
                f"at most {_MAX_LOST} pictures at a time may take longer than image_timeout to decode; got one more, "
                f"'{old.path}'",
                hint="run datatool audit --images on the data set, or raise image_timeout",
            )
        trace = self.traces[number] = Trace(seconds=dict(old.seconds), hits=old.hits, decodes=old.decodes)
        self._threads[number] = self._begin(number, trace, task)

    def _begin(self, number: int, trace: Trace, first: Task | None) -> threading.Thread:
        name = f"{self._name}-{number}"
        thread = threading.Thread(target=_work, args=(self._tasks, trace, first), name=name, daemon=True)
        thread.start()
        return thread


def _work(tasks: queue.SimpleQueue[Task | None], trace: Trace, first: Task | None) -> None:
    """A worker's life; it must not keep its owner alive."""
    trace.task = first
    while True:
        if trace.task is None:
            trace.enter("idle")
            trace.task = tasks.get()
        if trace.task is None:
            return
        try:
            trace.task(trace)
        except AbandonedError:
            return
        finally:
            trace.task = None  # or an idle worker keeps a batch's memory


def _stop(tasks: queue.SimpleQueue[Task | None], threads: Sequence[threading.Thread]) -> None:
    for _ in threads:
        tasks.put(None)
    for thread in threads:
        if thread is not threading.current_thread():
            thread.join(_JOIN_SECONDS)
