"""An iterator that works in a thread, a few items ahead of its consumer."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterator
from typing import Any, Final, TypeVar

T = TypeVar("T")
_END: Final = object()


def ahead(items: Iterator[T], /, *, depth: int) -> Generator[T, None, None]:
    """The same items in the same order, up to ``depth`` of them made before they are asked for.

    What the iterator raises is raised in the place of its item. The first item is made without a thread: most lists
    are a single block.

    >>> list(ahead(iter("abc"), depth=2))
    ['a', 'b', 'c']
    """
    for first in items:
        yield first
        break
    else:
        return
    from concurrent.futures import Future, ThreadPoolExecutor

    pool = ThreadPoolExecutor(1, thread_name_prefix="datatool-rows")
    try:
        pending: deque[Future[Any]] = deque(pool.submit(next, items, _END) for _ in range(depth))
        while (item := pending.popleft().result()) is not _END:
            pending.append(pool.submit(next, items, _END))
            yield item
    finally:
        pool.shutdown(cancel_futures=True)
