"""Threads that read ahead: tasks begin in the order in which they were asked for, within a budget of bytes.

    ask -> queue -> [its turn: the budget is charged] -> read by one of N threads -> held until it is taken

One task at a time waits for the budget, the oldest, so that whoever waits for bytes waits for none that were asked for
later. Threads are daemons: one that waits for a silent store must not hold up the end of the program.
"""

from __future__ import annotations

import threading
import weakref
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, Generic, TypeVar

from datatool.schemas import IO_THREADS, LoaderError

IN_FLIGHT_BYTES: Final = 128 << 20  # 4,000 photographs of 32 KiB
Got = TypeVar("Got")
Item = TypeVar("Item")


class Budget:
    """Bytes that are asked for and not yet taken.

    Args:
        limit: Of all at once; one that is larger goes alone.

    Attributes:
        used: Now.
        most: At once, so far.
    """

    def __init__(self, limit: int, /) -> None:
        self.limit = limit
        self.used = self.most = 0
        self._changed = threading.Condition()  # re-entrant: tickets may be collected anywhere

    def charge(self, size: int, /) -> None:
        """Take bytes, once there is room."""
        with self._changed:
            self._changed.wait_for(lambda: not self.used or self.used + size <= self.limit)
            self._add(size)

    def add(self, size: int, /) -> None:
        """Take or give back bytes without waiting: whoever holds some must not wait for more."""
        with self._changed:
            self._add(size)

    def _add(self, size: int) -> None:
        self.used += size
        self.most = max(self.most, self.used)
        if size < 0:
            self._changed.notify_all()


class Ticket(Generic[Got]):
    """What a task will give; its bytes are in the budget until they are taken, or nobody holds the ticket.

    Args:
        work: Is given the ticket.
        budget: To charge; None charges nothing.
        size: Bytes to charge.
    """

    __slots__ = ("__weakref__", "_budget", "_charged", "_error", "_lock", "_size", "_undone", "_value", "_work")

    def __init__(self, work: Callable[[Ticket[Got]], Got], budget: Budget | None, size: int, /) -> None:
        self._work: Callable[[Ticket[Got]], Got] | None = work
        self._budget = budget
        self._size = size
        self._charged = 0
        self._undone = threading.Lock()  # held until it is done: a tenth of what an event costs
        self._undone.acquire()
        self._value: Got | None = None
        self._error: BaseException | None = None
        self._lock = threading.RLock()

    def charge(self) -> None:
        """Wait for room in the budget."""
        if self._budget is not None:
            self._budget.charge(self._size)
            self._charged = self._size

    def resize(self, size: int, /) -> None:
        """The bytes are more or fewer than was thought."""
        with self._lock:
            if self._budget is not None and self._charged and size != self._charged:
                self._budget.add(size - self._charged)
                self._charged = size

    def run(self) -> None:
        """Do the work."""
        work, self._work = self._work, None
        try:
            assert work is not None
            self._value = work(self)
        except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
            self._error = error
        self._undone.release()

    def fail(self, error: BaseException, /) -> None:
        """It will not be done."""
        self._error = error
        self._undone.release()

    def take(self) -> Got:
        """Wait for the outcome and hand it over.

        Raises:
            Whatever the work raised.
        """
        with self._undone:
            pass
        value, self._value = self._value, None
        self.let_go()
        if self._error is not None:
            raise self._error
        return value  # type: ignore[return-value]

    def let_go(self) -> None:
        """Give the bytes back to the budget."""
        with self._lock:
            self._value = None
            if self._budget is not None and self._charged:
                charged, self._charged = self._charged, 0
                self._budget.add(-charged)

    def __del__(self) -> None:
        self.let_go()


class Pool:
    """Threads, started as they are needed.

    Args:
        num_threads: At most.
        budget: That tasks are charged to.
        name: Of the threads.
    """

    def __init__(self, num_threads: int, /, *, budget: Budget | None = None, name: str = "datatool-object") -> None:
        self.budget = budget
        self._most = num_threads
        self._name = name
        self._state = _State()
        self.close = weakref.finalize(self, _State.end, self._state)

    def submit(self, work: Callable[[Ticket[Got]], Got], /, *, size: int = 0) -> Ticket[Got]:
        """Queue a task, which is dropped where nobody holds its ticket any more.

        Args:
            work: What to do.
            size: Bytes to charge to the budget before.
        """
        ticket = Ticket(work, self.budget, size)
        state = self._state
        with state.changed:
            if state.ended:
                raise LoaderError("a loader must be open while its images are read; got a closed one")
            state.queue.append(weakref.ref(ticket))
            if state.idle < len(state.queue) and state.count < self._most:
                state.count += 1
                name = f"{self._name}-{state.count}"
                threading.Thread(target=_work, args=(state,), name=name, daemon=True).start()
            state.changed.notify()
        return ticket


class _State:
    """What threads and their pool share; it must not keep the pool alive."""

    def __init__(self) -> None:
        self.queue: deque[weakref.ref[Ticket[Any]]] = deque()
        self.changed = threading.Condition()
        self.turn = threading.Lock()
        self.count = self.idle = 0
        self.ended = False

    def end(self) -> None:
        """Begin no more; whoever waits for what was not begun is told."""
        with self.changed:
            self.ended = True
            left, self.queue = list(self.queue), deque()
            self.changed.notify_all()
        for reference in left:
            if (ticket := reference()) is not None:
                ticket.fail(LoaderError("a loader must be open while its images are read; got a closed one"))

    def next(self) -> Ticket[Any] | None:
        """The oldest task that somebody waits for; None at the end."""
        with self.changed:
            self.idle += 1
            try:
                while True:
                    self.changed.wait_for(lambda: self.queue or self.ended)
                    if self.ended:
                        return None
                    while self.queue:
                        if (ticket := self.queue.popleft()()) is not None:
                            return ticket
            finally:
                self.idle -= 1


def _work(state: _State) -> None:
    while True:
        with state.turn:  # so that charges are made in the order of the queue
            ticket = state.next()
            if ticket is None:
                return
            ticket.charge()
        ticket.run()
        del ticket


def each_ahead(
    work: Callable[[Item], Got], items: Iterable[Item], /, *, num_threads: int = IO_THREADS
) -> Iterator[Got]:
    """The results of work over items, in order, some of it done ahead by threads.

    Raises:
        Whatever the work raises, at its place in the order.
    """
    pool = Pool(num_threads)
    waiting: deque[Ticket[Got]] = deque()
    try:
        for item in items:
            waiting.append(pool.submit(_task(work, item)))
            if len(waiting) >= 2 * num_threads:
                yield waiting.popleft().take()
        while waiting:
            yield waiting.popleft().take()
    finally:
        pool.close()


def _task(work: Callable[[Item], Got], item: Item) -> Callable[[Ticket[Got]], Got]:
    return lambda _: work(item)
