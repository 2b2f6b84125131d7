"""Images in object stores read ahead of need: a locator that knows what its read will give.

Local images are read where they are decoded, which costs microseconds; an object costs a round trip, so that a loader
asks for the images of whole batches and decodes the first while the others are on their way.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datatool.schemas import IO_THREADS, Container, Span, is_url
from datatool.storage._handles import read_span
from datatool.storage._locator import Locator, Member
from datatool.storage._remote_places import remote_span
from datatool.storage._streams import Signature
from datatool.storage.cache import ByteCache
from datatool.storage.remote import IN_FLIGHT_BYTES, Budget, Pool, Ticket, head_of, object_bytes

_UNKNOWN_BYTES = 256 << 10  # charged for a whole object until larger ones were seen


class Fetched(str):
    """The locator of an object or a member of one that was asked for; in every other way the text that it is."""

    __slots__ = ("plain", "ticket")
    plain: Locator
    ticket: Ticket[bytes | None]

    def __new__(cls, plain: Locator, ticket: Ticket[bytes | None], /) -> Fetched:
        """A locator with the ticket of its read."""
        made = super().__new__(cls, plain)
        made.plain = plain
        made.ticket = ticket
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        """Elsewhere it is read there."""
        return _plain, (self.plain,)


class Loaded(str):
    """The locator of an image that was asked for already, and what was given.

    Attributes:
        data: Its bytes; None where only its state was asked for.
        signature: Its state, where that was asked for.
    """

    __slots__ = ("data", "signature")
    data: bytes | None
    signature: Signature | None

    def __new__(cls, text: str, data: bytes | None, signature: Signature | None = None, /) -> Loaded:
        """A locator with its bytes."""
        made = super().__new__(cls, text)
        made.data = data
        made.signature = signature
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        """The bytes too: whom it is sent to asks no store."""
        return Loaded, (str(self), self.data, self.signature)


def loaded(locator: Locator, /, *, unless: Signature, max_bytes: int) -> Locator:
    """A remote image with its state, and with its bytes where the state is another than ``unless``.

    What is missing, or has more than ``max_bytes``, comes back without bytes, for whoever reads it to say.

    Raises:
        RemoteError: If a store refuses.
    """
    if not is_remote(locator):
        return locator
    try:
        span = _span_of(locator)
        if span is not None:
            state = Signature(span.length, span.container.mtime)
            same = state == unless or span.length > max_bytes
            return Loaded(locator, None if same else read_span(span), state)
        state = object_signature(locator)
        found = None if state == unless else object_bytes(locator, max_bytes=max_bytes)
        return Loaded(locator, None if found is None else found.data, state)
    except OSError:
        return locator


def object_signature(url: str, /) -> Signature:
    """The state of an object: stores tell whole seconds, so that the rest of the time stands for the ETag.

    Raises:
        FileNotFoundError: If there is none.
        RemoteError: If its store refuses.
    """
    state = head_of(url)
    return Signature(state.size, stamp_of(state))


def stamp_of(state: Container, /) -> int:
    """A time of modification, in nanoseconds, that tells the ETag of an object too."""
    digest = hashlib.blake2b(state.etag.encode(), digest_size=8).digest()
    return state.mtime + int.from_bytes(digest, "big") % 1_000_000_000


@dataclass(frozen=True, kw_only=True, eq=False)
class Uses:
    """When images are needed again, for the byte cache.

    Attributes:
        next_use: int64 (N,), of each image: when any process of this machine draws it again, in positions over all
            epochs; `NEVER`, the largest int64, where it is not known.
        now: The first position that is drawn.
        plan: A number that tells whose positions these are.
    """

    next_use: NDArray[np.int64]
    now: int
    plan: int

    def of(self, places: Sequence[int], /) -> Uses:
        """Those of some of the images."""
        return dataclasses.replace(self, next_use=self.next_use[places])


@dataclass(kw_only=True)
class ReadCounts:
    """What was asked of stores.

    Attributes:
        gets: Requests for images.
        cache_hits: Images that the byte cache gave.
        cache_kept: Images that it kept.
        get_bytes: Bytes of their answers.
        most_in_flight: Bytes asked for and not yet decoded, at most at once.
    """

    gets: int = 0
    cache_hits: int = 0
    cache_kept: int = 0
    get_bytes: int = 0
    most_in_flight: int = 0


class ReadAhead:
    """Asks for images before they are needed; does nothing, and starts nothing, for local ones.

    Args:
        num_threads: That ask at once.
        budget: Bytes asked for and not yet taken.
        cache: Looked into first.
    """

    def __init__(
        self, *, num_threads: int = IO_THREADS, budget: int = IN_FLIGHT_BYTES, cache: ByteCache | None = None
    ) -> None:
        self._cache = cache
        self._num_threads = num_threads
        self._budget = Budget(budget)
        self._pool: Pool | None = None
        self._largest = _UNKNOWN_BYTES
        self._counts = ReadCounts()
        self._lock = threading.Lock()

    def __call__(self, locators: Sequence[Locator], uses: Uses | None = None, /) -> list[Locator]:
        """The same locators; those of objects with tickets, to be read once each.

        Args:
            locators: N images.
            uses: When they are needed again; without it the cache is not used.
        """
        if self._cache is None or uses is None:
            return [self._ask(locator, self._get) if is_remote(locator) else locator for locator in locators]
        gets = (functools.partial(self._get_kept, next_use=int(use), uses=uses) for use in uses.next_use)
        return [
            self._ask(locator, get) if is_remote(locator) else locator
            for locator, get in zip(locators, gets, strict=True)
        ]

    @property
    def counts(self) -> ReadCounts:
        """What was asked for so far."""
        kept = 0 if self._cache is None else self._cache.counts.kept
        return dataclasses.replace(self._counts, most_in_flight=self._budget.most, cache_kept=kept)

    def close(self) -> None:
        """Ask for no more."""
        if self._pool is not None:
            self._pool.close()

    def _ask(self, locator: Locator, get: Callable[[Locator, Ticket[bytes | None]], bytes]) -> Locator:
        if isinstance(locator, Fetched | Loaded):
            return locator
        if self._pool is None:
            self._pool = Pool(self._num_threads, budget=self._budget)
        span = locator.span if isinstance(locator, Member) else None
        size = self._largest if span is None else span.length
        return Fetched(locator, self._pool.submit(lambda ticket: get(locator, ticket), size=size))

    def _get_kept(self, locator: Locator, ticket: Ticket[bytes | None], *, next_use: int, uses: Uses) -> bytes:
        """From the cache, or from the store and then into the cache."""
        cache = self._cache
        assert cache is not None
        key = cache.key_of(_span_of(locator), locator)
        found = cache.get(key, next_use=next_use, plan=uses.plan)
        if found is None:
            found = self._get(locator, ticket)
            cache.put(key, found, next_use=next_use, now=uses.now, plan=uses.plan)
        else:
            ticket.resize(len(found))
            with self._lock:
                self._counts.cache_hits += 1
        return found

    def _get(self, locator: Locator, ticket: Ticket[bytes | None]) -> bytes:
        span = _span_of(locator)
        data = self._of_object(locator, ticket) if span is None else self._of_member(span, ticket)
        with self._lock:
            self._counts.gets += 1
            self._counts.get_bytes += len(data)
        return data

    def _of_member(self, span: Span, ticket: Ticket[bytes | None]) -> bytes:
        ticket.resize(span.length)
        return read_span(span)

    def _of_object(self, locator: Locator, ticket: Ticket[bytes | None]) -> bytes:
        def sized(size: int) -> None:
            self._largest = max(self._largest, min(size, self._budget.limit))
            ticket.resize(size)

        found = object_bytes(locator, sized=sized)
        assert found is not None
        return found.data


def is_remote(locator: Locator, /) -> bool:
    """Whether the bytes lie in an object store."""
    if isinstance(locator, Member):
        return is_url(locator.span.container.path)
    return is_url(locator)


def _span_of(locator: Locator) -> Span | None:
    return locator.span if isinstance(locator, Member) else remote_span(locator)


def let_go(locator: Locator, /) -> None:
    """Give the bytes of an image back that was asked for and is not needed."""
    if isinstance(locator, Fetched):
        locator.ticket.let_go()


def _plain(locator: Locator) -> Locator:
    return locator
