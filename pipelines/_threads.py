"""The `threads` engine: every sample is a task of its own, worked off in order by threads of this process.

    requests -> [build] -> tasks: 0.0 0.1 0.2 ... 1.0 1.1 ... 2.0 ...   one queue, all workers take from its head
                           batches: 0 | 1 | 2 | 3                       handed over in order, each once it is full

A slow picture holds up one worker and not its batch's neighbours: the others go on into the following batches. The
C libraries that read, decode and resize release the interpreter lock.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator
from functools import partial

import numpy as np
from numpy.typing import NDArray

from datatool.pipelines._engine import EngineSpec, Fault, Request, Result, asked_ahead
from datatool.pipelines._sample import AbandonedError, Filled, Maker, SampleMaker, Trace, fill_place
from datatool.pipelines._slots import SlotPool
from datatool.pipelines._watch import Watch
from datatool.pipelines._workers import Task, Workers
from datatool.storage import let_go


class ThreadsEngine:
    """Decodes with simplejpeg and OpenCV on the CPU; nothing touches shared memory."""

    def __init__(self, spec: EngineSpec, /, *, maker: Maker | None = None) -> None:
        shape = (spec.batch_size, spec.image_size, spec.image_size, 3)
        self._spec = spec
        self._slots = SlotPool(shape, keep=spec.prefetch + 2)
        self._maker = maker or SampleMaker(spec)
        self._workers = Workers(spec.num_threads, name="datatool")

    def batches(self, requests: Iterator[Request], /) -> Generator[Result, None, None]:
        """Yield one result for each request, in order; see `Engine`."""
        fill = partial(fill_place, self._maker, self._spec.quarantine)
        ask = partial(asked_ahead, spec=self._spec, holds=self._maker.holds)
        run = _Run(requests, self._slots, submit=self._workers.submit, fill=fill, ask=ask)
        watch = Watch(self._spec, self._workers)
        for _ in range(self._spec.prefetch + 1):
            self._workers.submit(run.build)
        try:
            while (batch := run.head(watch)) is not None:
                self._workers.submit(run.build)
                yield batch.result(watch)
                del batch
        finally:
            run.cancelled = True

    def close(self) -> None:
        """End the threads, and free the cache."""
        if self._spec.ahead is not None:
            self._spec.ahead.close()  # first: workers may wait for what it reads
        self._workers.close()
        self._maker.close()


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

    def __init__(
        self,
        requests: Iterator[Request],
        slots: SlotPool,
        /,
        *,
        submit: Callable[[Task], None],
        fill: Callable[[Request, int, NDArray[np.uint8], Trace], Filled],
        ask: Callable[[Request], Request],
    ) -> None:
        self.cancelled = False
        self._requests = requests
        self._slots = slots
        self._submit = submit
        self._fill = fill
        self._ask = ask
        self._under_way: deque[_Batch] = deque()
        self._ended = False
        self._error: BaseException | None = None
        self._building = threading.Lock()
        self._changed = threading.Condition()

    def build(self, trace: Trace, /) -> None:
        """Make the next request and queue its samples; an exception takes its place in the order."""
        trace.enter("plan")
        with self._building:
            if self._ended or self.cancelled:
                return
            try:
                request = self._ask(next(self._requests))
            except StopIteration:
                self._end(None)
            except BaseException as error:  # noqa: BLE001 - raised again where the consumer waits
                self._end(error)
            else:
                batch = _Batch(request, self._slots.take(len(request)))
                with self._changed:
                    self._under_way.append(batch)
                for place in range(len(request)):
                    self._submit(partial(self._sample, batch, place))

    def _end(self, error: BaseException | None) -> None:
        with self._changed:
            self._ended = True
            self._error = error
            self._changed.notify()

    def _sample(self, batch: _Batch, place: int, trace: Trace) -> None:
        if self.cancelled:
            return
        try:
            filled = self._fill(batch.request, place, batch.images[place], trace)
            batch.rows[place], faults = filled.row, filled.faults
        except AbandonedError:
            raise
        except BaseException as error:  # noqa: BLE001 - raised again where the consumer waits
            batch.error, faults = error, []
        let_go(batch.request.paths[place])
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
