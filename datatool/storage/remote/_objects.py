"""What is asked of an object: its state, its bytes, a range of them; and what lies below a prefix."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, NamedTuple

from datatool.schemas import Container, DatasetError
from datatool.storage.remote._address import address_of
from datatool.storage.remote._client import call, client, store_of
from datatool.storage.remote._faults import ChangedError, changed, fault_of

_states: dict[str, Container] = {}
_lock = threading.Lock()
_ASKED_AT_ONCE: Final = 64


class ObjectBytes(NamedTuple):
    """A whole object and its state."""

    data: bytes
    state: Container


def state_of(url: str, /, *, fresh: bool = False) -> Container:
    """Size, modification time and ETag of an object.

    Args:
        url: Of the object.
        fresh: Ask, whatever is known from before; otherwise a state that was seen in this process stands, since every
            later range is conditional on it.

    Raises:
        FileNotFoundError: If there is none.
        RemoteError: If the store refuses.
    """
    found = _states.get(url)
    if found is not None and not fresh:
        return found
    found = _state(url, asked(url, lambda obstore, store, key: obstore.head(store, key)))
    with _lock:
        if len(_states) > 100_000:  # of a few hundred bytes each
            _states.clear()
        _states[url] = found
    return found


def head_of(url: str, /) -> Container:
    """The state of an object that is read once, and is not kept.

    Raises:
        As `state_of`.
    """
    return _state(url, asked(url, lambda obstore, store, key: obstore.head(store, key)))


def object_bytes(url: str, /, *, max_bytes: int | None = None, sized: Any = None) -> ObjectBytes | None:
    """A whole object; None where it has more than ``max_bytes``.

    Args:
        url: Of the object.
        max_bytes: Of which no byte more is read.
        sized: Told the size once it is known, before the bytes are read.

    Raises:
        As `state_of`.
    """

    def get(obstore: Any, store: Any, key: str) -> ObjectBytes | None:
        result = obstore.get(store, key)
        size = int(result.meta["size"])
        if max_bytes is not None and size > max_bytes:
            return None
        if sized is not None:
            sized(size)
        data = bytes(result.bytes())
        if len(data) != size:
            raise OSError("body: cut")
        return ObjectBytes(data, _state(url, result.meta))

    return asked(url, get)  # type: ignore[no-any-return]


def range_bytes(container: Container, offset: int, length: int, /) -> bytes:
    """Bytes of an object that must be as it was.

    Raises:
        ChangedError: If it is another.
        FileNotFoundError, RemoteError: As `state_of`.
    """
    if not length:
        return b""
    options: dict[str, Any] = {"range": (offset, offset + length)}
    if container.etag and not container.etag.startswith("W/"):  # a weak one never matches (RFC 9110, 13.1.1)
        options["if_match"] = container.etag
    try:
        found, data = asked(container.path, lambda obstore, store, key: _got(obstore.get(store, key, options=options)))
    except (ChangedError, FileNotFoundError):
        forget(container.path)
        raise
    now = _state(container.path, found)
    if now.size != container.size or now.etag != container.etag or (not now.etag and now.mtime != container.mtime):
        forget(container.path)
        raise changed(container, _difference(container, now))
    if len(data) != length:
        raise changed(container, f"{len(data):,} bytes where {length:,} were asked for")
    return bytes(data)


def check_unchanged(containers: Sequence[Container], /) -> None:
    """Compare objects with what they were, before anything starts.

    Raises:
        ChangedError: If one is another; one that is missing is for the first read to tell.
        RemoteError: If a store refuses.
    """
    if not containers:
        return
    with ThreadPoolExecutor(min(_ASKED_AT_ONCE, len(containers)), thread_name_prefix="datatool-object") as threads:
        for container, now in zip(containers, threads.map(_fresh, containers), strict=True):
            if now is not None and now != container:
                raise changed(container, _difference(container, now))


def names_below(prefix: str, /, *, recursive: bool = True) -> Iterator[tuple[str, int]]:
    """(name, bytes) of what lies below a prefix, sorted by the store; folders, where it is not recursive, end in `/`.

    Raises:
        DatasetError: Where the scheme has no listings.
        RemoteError: If the store refuses.
    """
    _require_listings(prefix)
    start = f"{prefix.rstrip('/')}/"
    at = len(address_of(start).key)
    if recursive:
        for chunk in asked(
            start, lambda obstore, store, key: list(obstore.list(store, prefix=key.rstrip("/") or None))
        ):
            yield from ((meta["path"][at:], int(meta["size"])) for meta in chunk)
        return
    found = asked(start, lambda obstore, store, key: obstore.list_with_delimiter(store, prefix=key.rstrip("/") or None))
    yield from ((f"{folder[at:].rstrip('/')}/", 0) for folder in found["common_prefixes"])
    yield from ((meta["path"][at:], int(meta["size"])) for meta in found["objects"])


def first_below(prefix: str, count: int, /) -> list[str]:
    """URLs of the first objects below a prefix, empty ones left out, without a listing of all of them.

    Raises:
        As `names_below`.
    """
    _require_listings(prefix)
    start = f"{prefix.rstrip('/')}/"
    store = address_of(start).store

    def first(obstore: Any, store: Any, key: str) -> Any:
        return next(iter(obstore.list(store, prefix=key.rstrip("/") or None, chunk_size=10 * count)), [])

    found = [f"{store}/{meta['path']}" for meta in asked(start, first) if int(meta["size"])]
    return found[:count]


def _require_listings(prefix: str) -> None:
    if prefix.startswith(("https://", "http://")):
        raise DatasetError(
            f"a pattern or a folder must be on s3://, gs:// or az://, which list what they hold; got '{prefix}'",
            hint="name the files, such as train-{000..012}.tar, or give a list",
        )


def _got(result: Any) -> tuple[Any, bytes]:
    return result.meta, bytes(result.bytes())


def _fresh(container: Container) -> Container | None:
    try:
        return state_of(container.path, fresh=True)
    except FileNotFoundError:
        return None


def forget(url: str, /) -> None:
    """Ask anew for the state of an object when it is needed next."""
    _states.pop(url, None)


def _state(url: str, meta: Any) -> Container:
    written = meta["last_modified"]
    seconds = 0 if written is None else int(written.timestamp())
    return Container(url, int(meta["size"]), seconds * 1_000_000_000, meta["e_tag"] or "")


def _difference(was: Container, now: Container) -> str:
    if now.size != was.size:
        return f"{now.size:,} bytes instead of {was.size:,}"
    return "another ETag" if now.etag != was.etag else "another modification time"


def asked(url: str, work: Any, /, *, fault: Callable[[Exception, str], Exception] = fault_of) -> Any:
    """Do one thing with a store.

    Args:
        url: Of the object.
        work: Is given the client, the store and the key.
        fault: What an exception of the client means.

    Raises:
        FileNotFoundError, OSError, ChangedError, RemoteError: As ``fault`` has it.
    """
    address = address_of(url)
    obstore = client()

    def run() -> Any:
        return work(obstore, store_of(address.store), address.key)

    try:
        return call(run)
    except (obstore.exceptions.BaseError, OSError, ValueError) as error:
        raise fault(error, url) from None
