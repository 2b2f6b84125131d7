"""`workers="processes"`: the `threads` engine, each of whose threads has a process do its work.

    thread 0 -- socket --> process 0 -- writes --> slot 0 of the ring \
    thread 1 -- socket --> process 1 -- writes --> slot 1 of the ring  }-- copied --> the batch

For transforms that hold the interpreter lock. Order, substitutes, deadlines and memory of batches are those of the
threads; a copy of one sample costs about ten microseconds, a message to and fro a tenth of a millisecond. Sockets and
an anonymous memory file are all that is used: no semaphore, nothing in `/dev/shm`.
"""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import os
import pickle
import socket
import subprocess
import sys
import threading
import weakref
from collections.abc import Generator, Iterator
from multiprocessing.connection import Connection
from typing import Final

import numpy as np
from numpy.typing import NDArray

from datatool.images import Pixels, UnreadableError, max_bytes
from datatool.pipelines._engine import Candidate, EngineSpec, Quarantine, Request, Result
from datatool.pipelines._process_worker import MARK, TOO_LATE, Done, Job, Start, is_worker
from datatool.pipelines._ring import Ring, check_memory
from datatool.pipelines._sample import Trace, TransformFailedError, late
from datatool.pipelines._threads import ThreadsEngine
from datatool.schemas import ConfigError, LoaderError
from datatool.storage import Loaded, StorageError, is_remote, read

_LOG: Final = logging.getLogger("datatool")
_START_SECONDS: Final = 60.0  # an interpreter, its libraries and the user's module, on a busy machine
_DEATHS: Final = 2  # of workers on one file, before the file is held to be the cause
_CODE: Final = (  # the parent decides what an interruption means, also while the libraries load
    "import signal, sys; signal.signal(signal.SIGINT, signal.SIG_IGN); sys.path[:] = {path!r}; "
    "from datatool.pipelines._process_worker import main; main({args})"
)


class ProcessesEngine:
    """Makes samples in worker processes; see the module."""

    def __init__(self, spec: EngineSpec, /) -> None:
        if is_worker():
            raise LoaderError(
                "a script whose own functions are given to workers='processes' must start its work only when it is run;"
                " got work at import",
                hint="put the training loop under if __name__ == '__main__':, or the transform into a module",
            )
        self._maker = RemoteMaker(spec)
        # The cache would have to be one for all processes; with a transform that needs processes decoding is not what
        # costs.
        self._threads = ThreadsEngine(dataclasses.replace(spec, cache_bytes=0), maker=self._maker)

    def batches(self, requests: Iterator[Request], /) -> Generator[Result, None, None]:
        """Yield one result for each request, in order; see `Engine`."""
        return self._threads.batches(requests)

    def close(self) -> None:
        """End the processes, then the threads that wait for them."""
        self._maker.close()
        self._threads.close()


class RemoteMaker:
    """Has every calling thread's sample made by a process of that thread's own."""

    def __init__(self, spec: EngineSpec, /) -> None:
        shape = (spec.image_size, spec.image_size, 3)
        check_memory(spec.num_threads, spec.image_size**2 * 3)
        self._start = _start(spec)
        self._image_timeout = spec.image_timeout
        self._max_pixels = spec.max_pixels
        self._ring = Ring(spec.num_threads, shape)
        self._mine = threading.local()
        self._workers: list[_Worker] = []
        self._lock = threading.Lock()
        self.closed = threading.Event()
        self.close = weakref.finalize(self, _end, self._workers, self._ring, self.closed)

    def make(
        self,
        candidate: Candidate,
        uniforms: NDArray[np.float64],
        seed: int,
        next_use: int,
        out: Pixels,
        trace: Trace,
        /,
    ) -> str:
        """As `SampleMaker.make`.

        Raises:
            UnreadableError: If the file cannot be used.
            TransformFailedError: If the user's callable raised, or workers die on this file again and again.
            LoaderError: If no worker can be started.
        """
        del next_use
        trace.path = candidate.path
        trace.enter("worker process")
        if is_remote(candidate.path):
            candidate = self._with_bytes(candidate, trace)
        worker = self._worker()
        done = self._ask(worker, Job(candidate, uniforms, seed))
        trace.enter("hand-over")
        for stage, seconds in done.seconds.items():
            trace.seconds[stage] = trace.seconds.get(stage, 0.0) + seconds
            trace.seconds["worker process"] -= seconds
        trace.decodes += done.kind == "made"
        if done.kind == "unreadable":
            raise UnreadableError(done.said)
        if done.kind == "transform":
            raise TransformFailedError(done.said)
        if done.kind == "error":
            raise done.said
        out[:] = self._ring.slots[worker.slot]
        return str(done.said)

    def holds(self, row: int, /) -> bool:
        """Nothing is kept."""
        del row
        return False

    def _with_bytes(self, candidate: Candidate, trace: Trace) -> Candidate:
        """Objects are read here, many at a time; the process gets the bytes.

        Raises:
            UnreadableError: If there are none.
        """
        trace.enter("read")
        try:
            data = read(candidate.path, max_bytes=max_bytes(self._max_pixels))
        except StorageError as error:
            raise UnreadableError(str(error)) from None
        trace.enter("worker process")
        return candidate._replace(path=Loaded(candidate.path, data))

    def _worker(self) -> _Worker:
        worker: _Worker | None = getattr(self._mine, "worker", None)
        if worker is None:
            with self._lock:
                worker = _Worker(len(self._workers), self._ring.handle)
                self._workers.append(worker)
            self._mine.worker = worker
        return worker

    def _ask(self, worker: _Worker, job: Job) -> Done:
        how = ""
        for death in range(1, _DEATHS + 1):
            if not worker.alive:
                worker.begin(self._start)
            try:
                return worker.ask(job)
            except (EOFError, OSError):
                if self.closed.is_set():
                    raise LoaderError("a loader must be open while it works; got a closed one") from None
                how = worker.end()
                if how == _died_of(TOO_LATE):
                    raise UnreadableError(late(self._image_timeout)) from None
                again = "it is started again" if death < _DEATHS else "the file is given up"
                _LOG.warning("worker process %d %s at '%s'; %s", worker.slot, how, job.candidate.path, again)
        raise TransformFailedError(f"the worker process {how}, {_DEATHS} times")


class _Worker:
    """One process, which may be started again; used by one thread."""

    def __init__(self, slot: int, memory: int, /) -> None:
        self.slot = slot
        self._memory = memory
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: Connection | None = None

    @property
    def alive(self) -> bool:
        return self._connection is not None

    def begin(self, start: Start, /) -> None:
        """Start the process and wait until it is ready.

        Raises:
            LoaderError: If it is not ready in time, or dies at once.
        """
        ours, theirs = socket.socketpair()
        handles = (theirs.fileno(), self._memory)
        code = _CODE.format(path=sys.path, args=", ".join(map(str, (*handles, self.slot))))
        with ours, theirs:  # ours too: the process may not start, while the engine is being closed
            self._process = subprocess.Popen(
                [sys.executable, "-c", code],
                pass_fds=handles,
                stdin=subprocess.DEVNULL,
                env={**os.environ, MARK: "1"},
            )
            connection = self._connection = Connection(ours.detach())
        try:
            connection.send(start)
            if not connection.poll(_START_SECONDS):
                raise LoaderError(f"a worker process must be ready within {_START_SECONDS:g} seconds; got none")
            done: Done = connection.recv()
        except (EOFError, OSError):
            raise LoaderError(f"a worker process must start; got one that {self.end()}") from None
        if done.kind == "error":
            self.end()
            raise done.said

    def ask(self, job: Job, /) -> Done:
        """Have one sample made.

        Raises:
            EOFError, OSError: If the process has died.
        """
        assert self._connection is not None
        self._connection.send(job)
        done: Done = self._connection.recv()
        return done

    def end(self) -> str:
        """Kill the process if it still lives; returns how it ended."""
        process, connection = self._process, self._connection
        self._process = self._connection = None
        if connection is not None:
            with contextlib.suppress(OSError):
                connection.close()
        if process is None:
            return "ended"
        try:
            code = process.wait(0.1)  # its end of the socket closes a moment before it is gone
        except subprocess.TimeoutExpired:
            process.kill()
            code = process.wait()
        return _died_of(-code) if code < 0 else f"ended with exit code {code}"

    def kill(self) -> None:
        """End the process from another thread; its own thread sees the socket close."""
        if (process := self._process) is not None:
            process.kill()
            process.wait()


def _died_of(signal: int) -> str:
    return f"died of signal {int(signal)}"


def _end(workers: list[_Worker], ring: Ring, closed: threading.Event) -> None:
    closed.set()
    for worker in workers:
        worker.kill()
    ring.close()


def _start(spec: EngineSpec) -> Start:
    """The first message to every worker.

    Raises:
        ConfigError: If the transform cannot travel to another process.
    """
    plain = dataclasses.replace(spec, cache_bytes=0, quarantine=Quarantine(), ahead=None, stream=None)
    try:
        data = pickle.dumps(plain)
    except Exception as error:  # noqa: BLE001 - pickle raises what the object's own methods raise
        raise ConfigError(
            f"a transform for workers='processes' must be picklable; got '{error}'",
            hint="define it at the top level of a module, not as a lambda or inside a function",
        ) from None
    script = None
    if b"__main__" in data:
        script = getattr(sys.modules["__main__"], "__file__", None)
        if script is None or not os.path.isfile(script):  # python - calls its script '<stdin>'
            raise ConfigError(
                "a transform for workers='processes' must stand in a file, which workers run again; got one of "
                f"{'an interactive session' if script is None else repr(script)}",
                hint="put it into a module and import it",
            )
    return Start(data, script, spec.num_threads)
