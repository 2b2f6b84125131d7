"""The `threads` engine: every sample is a task of its own, worked off in order by threads of this process.

    requests -> [build] -> tasks: 0.0 0.1 0.2 ... 1.0 1.1 ... 2.0 ...   one queue, all workers take from its head
                           batches: 0 | 1 | 2 | 3                       handed over in order, each once it is full

A slow picture holds up one worker and not its batch's neighbours: the others go on into the following batches. The
C libraries that read, decode and resize release the interpreter lock.
"""

from __future__ import annotations

import contextlib
import queue
import threading
import weakref
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from datatool.pipelines._engine import EngineSpec, Fault, Quarantine, Request, Result
from datatool.pipelines._sample import Maker, SampleMaker, Trace, fill_place
from datatool.pipelines._slots import SlotPool
from datatool.pipelines._watch import Watch

_BUILD: Final = -1  # in place of a place: make the next request
_JOIN_SECONDS: Final = 1.0  # a read that hangs must not hang the end of the program


class ThreadsEngine:
    """Decodes with simplejpeg and OpenCV on the CPU; nothing touches shared memory."""

    def __init__(self, spec: EngineSpec, /, *, maker: Maker | None = None) -> None:
        shape = (spec.batch_size, spec.image_size, spec.image_size, 3)
        self._spec = spec
        self._slots = SlotPool(shape, keep=spec.prefetch + 2)
        self._traces = [Trace() for _ in range(spec.num_threads)]
        self._tasks: queue.SimpleQueue[tuple[_Run, _Batch | None, int] | None] = queue.SimpleQueue()
        self._maker = maker or SampleMaker(spec)
        self._threads: list[threading.Thread] = []
        self.close = weakref.finalize(self, _stop, self._tasks, self._threads)

    def batches(self, requests: Iterator[Request], /) -> Generator[Result, None, None]:
        """Yield one result for each request, in order; see `Engine`."""
        self._start()
        run = _Run(requests, self._slots, self._tasks)
        watch = Watch(self._traces, timeout=self._spec.timeout)
        for _ in range(self._spec.prefetch + 1):
            self._tasks.put((run, None, _BUILD))
        try:
            while (batch := run.head(watch)) is not None:
                self._tasks.put((run, None, _BUILD))
                yield batch.result(watch)
                del batch
        finally:
            run.cancelled = True

    def _start(self) -> None:
        for number, trace in enumerate(self._traces[len(self._threads) :]):
            arguments = (self._tasks, self._maker, self._spec.quarantine, trace)
            thread = threading.Thread(target=_work, args=arguments, name=f"datatool-{number}", daemon=True)
            thread.start()
            self._threads.append(thread)


class _Batch:
    """A batch under way."""

    def __init__(self, request: Request, images: NDArray[np.uint8], /) -> None:
        self.request = request
        self.images = images
        self.rows = np.full(len(request), -1, np.int64)
        self.remaining = len(request)
        self.faults: list[Fault] = []
        self.error: BaseException | None = None

    def result(self, watch: Watch) -> Result:
        if self.error is not None:
            raise self.error
        seconds, counts = watch.spent()
        return Result(
            request=self.request,
            images=self.images,
            rows=self.rows,
            filled=self.rows >= 0,
            faults=sorted(self.faults, key=lambda fault: fault.place),  # stable: attempts of a place stay in order
            seconds=seconds,
            counts=counts,
        )


class _Run:
    """One pass over an iterator of requests."""

    def __init__(self, requests: Iterator[Request], slots: SlotPool, tasks: queue.SimpleQueue[Any], /) -> None:
        self.cancelled = False
        self._requests = requests
        self._slots = slots
        self._tasks = tasks
        self._under_way: deque[_Batch] = deque()
        self._ended = False
        self._error: BaseException | None = None
        self._building = threading.Lock()
        self._changed = threading.Condition()

    def build(self) -> None:
        """Make the next request and queue its samples; an exception takes its place in the order."""
        with self._building:
            if self._ended:
                return
            try:
                request = next(self._requests)
            except StopIteration:
                self._end(None)
            except BaseException as error:  # noqa: BLE001 - raised again where the consumer waits
                self._end(error)
            else:
                batch = _Batch(request, self._slots.take(len(request)))
                with self._changed:
                    self._under_way.append(batch)
                for place in range(len(request)):
                    self._tasks.put((self, batch, place))

    def _end(self, error: BaseException | None) -> None:
        with self._changed:
            self._ended = True
            self._error = error
            self._changed.notify()

    def fill(self, batch: _Batch, place: int, maker: Maker, quarantine: Quarantine, trace: Trace, /) -> None:
        """Make one sample."""
        try:
            filled = fill_place(maker, batch.request, place, batch.images[place], quarantine, trace)
            batch.rows[place], faults = filled.row, filled.faults
        except BaseException as error:  # noqa: BLE001 - raised again where the consumer waits
            batch.error, faults = error, []
        with self._changed:
            batch.faults += faults
            batch.remaining -= 1
            if batch.remaining == 0:
                self._changed.notify()

    def head(self, watch: Watch, /) -> _Batch | None:
        """Wait for the oldest batch; None at the end."""
        with self._changed:
            watch.wait(self._changed, self._head_ready)
            if self._under_way:
                return self._under_way.popleft()
            if self._error is not None:
                raise self._error
            return None

    def _head_ready(self) -> bool:
        return self._under_way[0].remaining == 0 if self._under_way else self._ended


def _work(tasks: queue.SimpleQueue[Any], maker: Maker, quarantine: Quarantine, trace: Trace) -> None:
    """A worker's life; it must not keep the engine alive."""
    while True:
        trace.enter("idle")
        task = tasks.get()
        if task is None:
            return
        run, batch, place = task
        if run.cancelled:
            continue
        if place == _BUILD:
            trace.enter("plan")
            run.build()
        else:
            run.fill(batch, place, maker, quarantine, trace)
        del task, run, batch  # or an idle worker keeps a batch's memory


def _stop(tasks: queue.SimpleQueue[Any], threads: Sequence[threading.Thread]) -> None:
    with contextlib.suppress(queue.Empty):
        while True:
            tasks.get_nowait()
    for _ in threads:
        tasks.put(None)
    for thread in threads:
        if thread is not threading.current_thread():
            thread.join(_JOIN_SECONDS)
