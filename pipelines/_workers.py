"""Daemon threads that work off one queue of tasks; a task that hangs must not hang the end of the program."""

from __future__ import annotations

import queue
import threading
import weakref
from collections.abc import Callable, Sequence
from typing import Final

from datatool.pipelines._sample import Trace

Task = Callable[[Trace], None]  # must not raise

_JOIN_SECONDS: Final = 1.0


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
        self.close = weakref.finalize(self, _stop, self._tasks, self._threads)

    def submit(self, task: Task, /) -> None:
        """Queue a task."""
        for number, trace in enumerate(self.traces[len(self._threads) :]):
            thread = threading.Thread(
                target=_work, args=(self._tasks, trace), name=f"{self._name}-{number}", daemon=True
            )
            thread.start()
            self._threads.append(thread)
        self._tasks.put(task)


def _work(tasks: queue.SimpleQueue[Task | None], trace: Trace) -> None:
    """A worker's life; it must not keep its owner alive."""
    while True:
        trace.enter("idle")
        task = tasks.get()
        if task is None:
            return
        task(trace)
        del task  # or an idle worker keeps a batch's memory


def _stop(tasks: queue.SimpleQueue[Task | None], threads: Sequence[threading.Thread]) -> None:
    for _ in threads:
        tasks.put(None)
    for thread in threads:
        if thread is not threading.current_thread():
            thread.join(_JOIN_SECONDS)
