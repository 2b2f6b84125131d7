"""A worker process: makes the samples it is told to make, in shared memory, until its parent hangs up.

Started as a fresh interpreter, not forked: a fork of a process with threads may stop for ever at a lock that one of
them held. The parent's main script is run again only if the user's transform is defined in it.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import runpy
import signal
import sys
import types
from multiprocessing.connection import Connection
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from datatool.images import UnreadableError
from datatool.pipelines._engine import Candidate, EngineSpec
from datatool.pipelines._ring import Ring
from datatool.pipelines._sample import SampleMaker, Trace, TransformFailedError

TOO_LATE: Final = signal.SIGPROF  # what ends a worker that decodes one picture for too long
MARK: Final = "DATATOOL_WORKER"  # set in the environment of workers


class Start(NamedTuple):
    """The first message to a worker."""

    spec: bytes  # a pickled EngineSpec
    main: str | None  # the parent's main script, if the spec needs it
    num_slots: int


class Job(NamedTuple):
    """One sample to make."""

    candidate: Candidate
    uniforms: NDArray[np.float64]
    seed: int


class Done(NamedTuple):
    """What became of it; or what became of the start."""

    kind: str  # "made", "unreadable", "transform" or "error"
    said: Any  # how the file was repaired, a reason, or the exception
    seconds: dict[str, float]


def main(channel: int, memory: int, slot: int) -> None:
    """Work until the parent hangs up.

    Args:
        channel: Descriptor of a socket to the parent.
        memory: Descriptor of the ring.
        slot: Of the ring, where this worker writes.
    """
    with contextlib.suppress(EOFError, ConnectionError):  # the parent closed the engine, or is gone: nobody to tell
        _serve(Connection(channel), memory, slot)


def _serve(connection: Connection, memory: int, slot: int) -> None:
    """Answer job after job.

    Raises:
        EOFError, ConnectionError: When the parent has hung up.
    """
    start: Start = connection.recv()
    try:
        maker, out = _prepare(start, memory, slot)
    except BaseException as error:  # noqa: BLE001 - raised again in the parent
        connection.send(_failed(error))
        return
    connection.send(Done("made", "", {}))
    while True:
        job: Job = connection.recv()
        connection.send(_do(job, maker, out))


def _prepare(start: Start, memory: int, slot: int) -> tuple[SampleMaker, NDArray[np.uint8]]:
    import cv2

    cv2.setNumThreads(1)
    if start.main is not None:
        module = types.ModuleType("__mp_main__")
        module.__dict__.update(runpy.run_path(start.main, run_name="__mp_main__"))
        sys.modules["__main__"] = sys.modules["__mp_main__"] = module
    spec: EngineSpec = pickle.loads(start.spec)  # noqa: S301 - from the parent, over a private socket
    ring = Ring(start.num_slots, (spec.image_size, spec.image_size, 3), handle=memory)
    return SampleMaker(spec), ring.slots[slot]


class _Alarmed(Trace):
    """Ends this process, whatever library it is in, if decoding takes too long; the parent knows the signal.

    The time is that of the CPU: a process that was stopped meanwhile has not used it.
    """

    def __init__(self, seconds: float, /) -> None:
        super().__init__()
        self._seconds = max(seconds, 1e-6)  # 0 would be no alarm

    def begin_decode(self) -> None:
        super().begin_decode()
        signal.setitimer(signal.ITIMER_PROF, self._seconds)

    def end_decode(self) -> None:
        signal.setitimer(signal.ITIMER_PROF, 0)
        super().end_decode()


def _do(job: Job, maker: SampleMaker, out: NDArray[np.uint8]) -> Done:
    trace = _Alarmed(maker.spec.image_timeout)
    try:
        kind, said = "made", maker.make(job.candidate, job.uniforms, job.seed, 0, out, trace)
    except UnreadableError as error:
        kind, said = "unreadable", str(error)
    except TransformFailedError as error:
        kind, said = "transform", str(error)
    except Exception as error:  # noqa: BLE001 - raised again in the parent
        return _failed(error)
    trace.enter("idle")
    return Done(kind, said, {stage: spent for stage, spent in trace.seconds.items() if stage != "idle"})


def _failed(error: BaseException) -> Done:
    """The exception itself where it can travel, else its text."""
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301 - just made
    except Exception:  # noqa: BLE001 - whatever it is, it does not travel
        return Done("error", RuntimeError(f"{type(error).__name__}: {error}"), {})
    return Done("error", error, {})


def is_worker() -> bool:
    """Whether this process is such a worker, running its parent's main script."""
    return MARK in os.environ
