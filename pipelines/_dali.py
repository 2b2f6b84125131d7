"""The `dali` engine: reader threads feed encoded bytes to a DALI pipeline on a GPU or on the CPU.

    requests -> readers: read, mend, place the cut -> [window] -> DALI: decode, resize, change -> results, in order

DALI is driven by one thread of its own, one batch ahead of the consumer. A picture that DALI throws on makes its
pipeline unusable: the culprit is found in the known batch, is decoded by the host (or replaced) from then on, the
pipeline is built anew, and the batches under way are fed again. Cuts and colours are told, so they come out the same.
"""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from datatool.pipelines._dali_feed import Fed, Feeder, without_changes
from datatool.pipelines._dali_graph import Inputs, Options, build, inputs
from datatool.pipelines._engine import EngineSpec, Request, Result, asked_ahead
from datatool.pipelines._sample import AbandonedError, Trace
from datatool.pipelines._watch import Watch
from datatool.pipelines._workers import Workers
from datatool.pipelines.augmentations import EXTRAS, Augment, PixelChange
from datatool.schemas import ConfigError, LoaderError, require

DEPTH: Final = 2  # batches inside DALI: one decodes while one is handed over
_PLACES_PER_TASK: Final = 8  # a read takes about 20 microseconds, a task of its own as much again


class DaliEngine:
    """Decodes with NVIDIA DALI; see the module."""

    def __init__(self, spec: EngineSpec, /) -> None:
        require("nvidia.dali", extra="dali-cuda13")
        if spec.transform is not None:
            raise ConfigError(
                "engine 'dali' must have no transform; got one", hint="choose engine='threads', which runs Python code"
            )
        self._spec = spec
        self._readers = Workers(max(2, spec.num_threads), name="datatool-reader")
        self._driver = Workers(1, name="datatool-dali")
        self._feeder = Feeder(spec)
        augment, self._host_changes = _split(spec)
        self._options = Options(
            augment=augment,
            image_size=spec.image_size,
            batch_size=spec.batch_size,
            num_threads=spec.num_threads,
            device_id=_device_id(spec.device),
        )
        self._pipe: _Pipe | None = None
        self._watch = Watch(spec, self._readers, self._driver)

    def batches(self, requests: Iterator[Request], /) -> Generator[Result, None, None]:
        """Yield one result for each request, in order; see `Engine`."""
        flow = _Flow(requests, self._readers, self._feeder, depth=self._spec.prefetch + DEPTH)
        if self._pipe is not None:
            self._pipe.flow = flow
        try:
            self._ask(flow)
            while (outcome := flow.wait(self._watch)) is not None:
                if isinstance(outcome, Exception):
                    self._recover(flow, outcome)
                    self._ask(flow)
                    continue
                batch = flow.fed.popleft()
                self._ask(flow)
                yield self._result(batch, outcome)
                del outcome, batch
            assert self._pipe is not None
            self._pipe.reset()
            flow.finished = True
        finally:
            flow.cancel()
            if not flow.finished:
                self._drop_pipe()  # batches of the past are inside

    def close(self) -> None:
        """Free threads and memory; batches already handed out stay valid."""
        if self._spec.ahead is not None:
            self._spec.ahead.close()  # first: readers may wait for what it reads
        self._readers.close()
        self._driver.close()
        self._feeder.close()
        self._drop_pipe()

    def _drop_pipe(self) -> None:
        if self._pipe is not None:
            self._pipe.free()
        self._pipe = None

    def _ask(self, flow: _Flow) -> None:
        """Have the next batch made while the consumer is busy with this one."""
        flow.refill()
        if self._pipe is None:
            self._pipe = _Pipe(flow, self._options)
        pipe, host_changes = self._pipe, self._host_changes
        # Outputs bound to the consumer's stream are ordered before its work, and their memory is not used again before
        # the work that it had queued when the last reference went.
        stream = None if self._spec.stream is None else self._spec.stream()

        def run(trace: Trace) -> None:
            flow.driver = trace
            trace.path = "a batch"
            trace.enter("dali")
            outcome: Any
            try:
                (outputs,) = pipe.run(stream)
                outcome = _array(outputs)
                if host_changes is not None:
                    batch = flow.fed[0]
                    for image, row, fed in zip(outcome, batch.request.uniforms, batch.fed, strict=True):
                        if fed.row >= 0:
                            host_changes.change(image, row)
            except StopIteration:
                outcome = None
            except Exception as error:  # noqa: BLE001 - judged where the consumer waits
                outcome = error
            flow.deliver(outcome)

        self._driver.submit(run)

    def _result(self, batch: _FedBatch, images: Any) -> Result:
        seconds, _ = self._watch.spent()
        rows = np.array([fed.row for fed in batch.fed], np.int64)
        return Result(
            request=batch.request,
            images=images,
            rows=rows,
            filled=rows >= 0,
            faults=[fault for fed in batch.fed for fault in fed.faults],
            seconds=seconds,
        )

    def _recover(self, flow: _Flow, error: Exception) -> None:
        """Mend the batch that DALI threw on, and put it and those behind it before the pipeline again.

        Raises:
            LoaderError: If the batch's pictures decode one by one, that is, if the fault is not a picture's.
        """
        self._drop_pipe()
        if not flow.fed or not isinstance(error, RuntimeError):
            raise error
        batch = flow.fed[0]
        culprits = self._culprits(batch, range(len(batch.fed)))
        if not culprits:
            if batch.tried_again:
                raise LoaderError(
                    f"DALI must decode the batch of epoch {batch.request.epoch}, step {batch.request.step}; "
                    f"got '{_first_line(error)}'",
                    hint="choose engine='threads'",
                ) from error
            batch.tried_again = True
        for place in culprits:
            old = batch.fed[place]
            self._feeder.by_host.add(old.path)
            new = self._feeder.feed(batch.request, place, Trace(), attempt=old.attempt)
            batch.fed[place] = new._replace(faults=[*(f for f in old.faults if f.kind != "repaired"), *new.faults])
        flow.feed_again()

    def _culprits(self, batch: _FedBatch, places: range) -> list[int]:
        """Halve until the places are found that DALI throws on by themselves."""
        fed, uniforms = [batch.fed[place] for place in places], batch.request.uniforms[places.start : places.stop]
        pipe = build(self._options, lambda _: inputs(fed, uniforms, self._options), depth=1)
        with contextlib.suppress(RuntimeError):
            pipe.run()
            return []
        if len(places) == 1:
            return [places.start]
        middle = (places.start + places.stop) // 2
        return [*self._culprits(batch, range(places.start, middle)), *self._culprits(batch, range(middle, places.stop))]


class _Pipe:
    """A DALI pipeline and the pass that feeds it; one that was given up goes on asking the pass it was built for."""

    def __init__(self, flow: _Flow, options: Options, /) -> None:
        self.flow = flow
        self._options = options
        self._pipe: Any = build(options, self._next, depth=DEPTH)

    def run(self, stream: int | None, /) -> Any:
        """Outputs of the next batch, on the consumer's stream."""
        return self._pipe.run(stream)

    def reset(self) -> None:
        """After StopIteration, ready for another pass."""
        self._pipe.reset()

    def free(self) -> None:
        """Part from DALI's pipeline, which holds this object as its source: memory must not wait for a collector."""
        self._pipe = None

    def _next(self, info: Any) -> Inputs:
        del info
        return inputs(*self.flow.pop(), self._options)


class _FedBatch:
    """A batch that is being read, has been read, or is inside DALI."""

    def __init__(self, request: Request, /) -> None:
        self.request = request
        self.fed: list[Fed] = [None] * len(request)  # type: ignore[list-item]
        self.remaining = len(request)
        self.error: BaseException | None = None
        self.tried_again = False


class _Flow:
    """One pass over an iterator of requests.

    Attributes:
        fed: Batches inside DALI, oldest first.
        driver: Trace of the thread that runs DALI.
    """

    def __init__(self, requests: Iterator[Request], readers: Workers, feeder: Feeder, /, *, depth: int) -> None:
        self.fed: deque[_FedBatch] = deque()
        self.driver = Trace()
        self.cancelled = False
        self.finished = False
        self._requests = requests
        self._readers = readers
        self._feeder = feeder
        self._depth = depth
        self._window: deque[_FedBatch] = deque()
        self._again: deque[_FedBatch] = deque()
        self._ended = False
        self._error: BaseException | None = None
        self._changed = threading.Condition()
        self._outcomes: deque[Any] = deque()

    def refill(self) -> None:
        """Start reading ahead."""
        while not self._ended and len(self._window) < self._depth:
            try:
                request = asked_ahead(next(self._requests), self._feeder.spec)
            except StopIteration:
                self._ended = True
            except BaseException as error:  # noqa: BLE001 - raised again at its place in the order
                self._ended, self._error = True, error
            else:
                batch = _FedBatch(request)
                self._window.append(batch)
                for first in range(0, len(request), _PLACES_PER_TASK):
                    self._readers.submit(self._reader(batch, range(first, min(first + _PLACES_PER_TASK, len(request)))))

    def _reader(self, batch: _FedBatch, places: range) -> Callable[[Trace], None]:
        def read(trace: Trace) -> None:
            try:
                for place in places:
                    if not self.cancelled:
                        batch.fed[place] = self._feeder.feed(batch.request, place, trace)
            except AbandonedError:
                raise
            except BaseException as error:  # noqa: BLE001 - raised again where the consumer waits
                batch.error = error
            with self._changed:
                batch.remaining -= len(places)
                self._changed.notify_all()

        return read

    def pop(self) -> tuple[list[Fed], NDArray[np.float64]]:
        """The next batch for DALI; called by the driver."""
        batch = self._again.popleft() if self._again else self._next_read()
        self.fed.append(batch)
        return batch.fed, batch.request.uniforms

    def _next_read(self) -> _FedBatch:
        if not self._window:
            raise StopIteration
        batch = self._window[0]
        self.driver.enter("idle")
        with self._changed:  # the consumer keeps the deadline
            self._changed.wait_for(lambda: self.cancelled or batch.remaining == 0)
        self.driver.enter("dali")
        if self.cancelled:
            raise StopIteration
        if batch.error is not None:
            self._error, self._ended = batch.error, True
            self._window.clear()
            raise StopIteration
        return self._window.popleft()

    def cancel(self) -> None:
        """Nobody wants the rest."""
        with self._changed:
            self.cancelled = True
            self._changed.notify_all()

    def feed_again(self) -> None:
        """After a rebuild: what was inside DALI goes in once more, in order."""
        self._again.extendleft(reversed(self.fed))
        self.fed.clear()

    def deliver(self, outcome: Any, /) -> None:
        """What a run of the pipeline gave: images, an exception, or None at the end."""
        with self._changed:
            self._outcomes.append(outcome)
            self._changed.notify_all()

    def wait(self, watch: Watch, /) -> Any:
        """Wait for the next outcome; an exception of the requests or of a reader is raised at the end."""
        with self._changed:
            watch.wait(self._changed, lambda: bool(self._outcomes))
            outcome = self._outcomes.popleft()
        if outcome is None and self._error is not None:
            raise self._error
        return outcome


def _split(spec: EngineSpec) -> tuple[Augment, Augment | None]:
    """What the graph does, and what the host does to DALI's output where a change has no operator in the graph."""
    if all(each.num_dali_inputs for each in spec.augment.changes):
        return spec.augment, None
    if spec.device != "cpu":
        names = [name for name, extra in EXTRAS.items() if issubclass(extra, PixelChange) and not extra.num_dali_inputs]
        raise ConfigError(
            f"engine 'dali' on {spec.device} must have an augment without {' and '.join(names)}; got one",
            hint="choose device='cpu' or engine='threads'",
        )
    return without_changes(spec.augment), spec.augment


def _device_id(device: str) -> int | None:
    return None if device == "cpu" else int(device.partition(":")[2] or 0)


def _array(outputs: Any) -> Any:
    """The batch as one owner of memory: a numpy array on the CPU, a DALI tensor on a GPU."""
    tensor = outputs.as_tensor()
    return np.asarray(tensor) if type(tensor).__name__ == "TensorCPU" else tensor


def _first_line(error: Exception) -> str:
    lines = [line for line in str(error).splitlines() if line.strip()]
    return lines[0][:200] if lines else type(error).__name__
