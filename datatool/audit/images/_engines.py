"""Where chunks are measured: threads of this process, or the workers of a Ray cluster."""

from __future__ import annotations

import collections
import itertools
import socket
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, Protocol

from datatool.machine import cpu_limit
from datatool.schemas import ConfigError, DatatoolError, require, whole_number

Task = Callable[[Any], Any]  # a chunk to a table; picklable
THREADS: Final = "threads"  # the engine that needs no name
_AHEAD: Final = 2  # chunks in flight per worker: enough to keep it busy, few enough to bound memory
_CONNECT_SECONDS: Final = 5
_RETRIES: Final = 5  # times Ray gives a chunk to another worker when one dies


class Engine(Protocol):
    """Runs a task over chunks."""

    def map(self, task: Task, chunks: Iterable[Any], /) -> Iterator[Any]:
        """The task's result for each chunk, in order."""
        ...


class ThreadEngine:
    """A pool of threads; decoding and hashing leave the interpreter's lock."""

    def __init__(self, *, num_threads: int | None = None) -> None:
        self._num_threads = num_threads or cpu_limit().usable

    def map(self, task: Task, chunks: Iterable[Any], /) -> Iterator[Any]:
        """The task's result for each chunk, in order."""
        todo = iter(chunks)
        pool = ThreadPoolExecutor(self._num_threads, thread_name_prefix="datatool-images")
        try:
            running = collections.deque(
                pool.submit(task, c) for c in itertools.islice(todo, _AHEAD * self._num_threads)
            )
            while running:
                done = running.popleft().result()
                running.extend(pool.submit(task, chunk) for chunk in itertools.islice(todo, 1))
                yield done
        finally:
            pool.shutdown(cancel_futures=True)


class RayEngine:
    """Tasks on a Ray cluster whose nodes have datatool installed and see the same files under the same paths.

    Args:
        address: Of a running cluster; None joins the one Ray finds, or starts one on this machine.
    """

    def __init__(self, *, address: str | None = None) -> None:
        self._address = address

    def map(self, task: Task, chunks: Iterable[Any], /) -> Iterator[Any]:
        """The task's result for each chunk, in order; a chunk whose worker dies is given to another.

        Raises:
            DatatoolError: If the cluster cannot be reached, or a chunk kills every worker it is given to.
        """
        ray = require("ray", extra="ray")
        started = self._connect(ray)
        try:
            remote = ray.remote(max_retries=_RETRIES, num_cpus=1)(task_runner)
            shared = ray.put(task)
            todo = iter(chunks)
            ahead = _AHEAD * max(1, int(ray.cluster_resources().get("CPU", 1)))
            running = collections.deque(remote.remote(shared, chunk) for chunk in itertools.islice(todo, ahead))
            while running:
                done = _get(ray, running.popleft())
                running.extend(remote.remote(shared, chunk) for chunk in itertools.islice(todo, 1))
                yield done
        finally:
            if started:
                ray.shutdown()

    def _connect(self, ray: Any) -> bool:
        if ray.is_initialized():
            return False
        _check_reachable(self._address)
        try:
            ray.init(address=self._address, log_to_driver=False, logging_level="error")
        except (ConnectionError, ValueError, RuntimeError) as error:
            raise _unreachable(self._address, type(error).__name__) from None
        return True


def _check_reachable(address: str | None) -> None:
    """Ray itself tries for minutes before it says that nobody listens."""
    host, _, port = (address or "").removeprefix("ray://").rpartition(":")
    number = whole_number(port)
    if not host or number is None:
        return
    try:
        socket.create_connection((host, number), timeout=_CONNECT_SECONDS).close()
    except (OSError, OverflowError) as error:
        raise _unreachable(address, getattr(error, "strerror", None) or str(error)) from None


def _unreachable(address: str | None, reason: str) -> DatatoolError:
    return DatatoolError(
        f"the Ray cluster must be reachable; got '{reason}' for address '{address or 'auto'}'",
        hint="start one with ray start --head, or leave out --engine",
    )


def task_runner(task: Task, chunk: Any, /) -> Any:
    """Run one chunk in a worker."""
    return task(chunk)


def _get(ray: Any, reference: Any) -> Any:
    try:
        return ray.get(reference)
    except ray.exceptions.WorkerCrashedError:
        raise DatatoolError(
            f"every chunk must be measured; got one that stopped {_RETRIES + 1} workers",
            hint="run without --engine ray to see where it stops",
        ) from None


def open_engine(name: str | None, /) -> Engine:
    """The engine of ``--engine``: None is threads; ``ray`` or ``ray:ADDRESS``.

    Raises:
        ConfigError: If there is no engine of that name.
    """
    if name is None or name == THREADS:
        return ThreadEngine()
    kind, _, address = name.partition(":")
    if kind != "ray":
        raise ConfigError(f"--engine must be threads, ray or ray:ADDRESS; got '{name}'")
    return RayEngine(address=address or None)
