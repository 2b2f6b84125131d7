"""Objects that are written: a store shows one once its last byte has come, so that none is ever seen half-written."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from datatool.schemas import DatasetError
from datatool.storage.remote._address import address_of
from datatool.storage.remote._client import client
from datatool.storage.remote._faults import write_fault_of
from datatool.storage.remote._objects import asked, forget

_PART: Final = 32 << 20  # bytes: few requests for a shard, and little to send again where one fails
_PARTS_AT_ONCE: Final = 4  # 128 MiB held
_DELETED_AT_ONCE: Final = 1_000  # what one request of S3 takes


def check_writable(url: str, /) -> None:
    """Refuse a URL that nothing can be written to.

    Raises:
        DatasetError: If it is no bucket's, or carries a secret.
    """
    address_of(url)
    if url.startswith(("https://", "http://")):
        raise DatasetError(
            f"an output must be a folder, or on s3://, gs:// or az://, which take what is written; got '{url}'"
        )


def write_object(url: str, source: Path | bytes, /) -> None:
    """Write an object in place of any other, a file in parts.

    Raises:
        RemoteError: If the store refuses.
    """
    options: dict[str, Any] = {"chunk_size": _PART, "max_concurrency": _PARTS_AT_ONCE}
    asked(url, lambda obstore, store, key: obstore.put(store, key, source, **options), fault=write_fault_of)
    forget(url)


def write_new_object(url: str, data: bytes, /) -> bool:
    """Write an object unless there is one; returns whether it was written. A store that cannot tell writes it.

    Raises:
        RemoteError: If the store refuses.
    """
    errors = client().exceptions

    def put(obstore: Any, store: Any, key: str) -> bool:
        try:
            obstore.put(store, key, data, mode="create")
        except errors.AlreadyExistsError:
            return False
        except (errors.NotSupportedError, NotImplementedError):
            obstore.put(store, key, data)
        return True

    return bool(asked(url, put, fault=write_fault_of))


def delete_objects(urls: Iterable[str], /) -> None:
    """Delete objects of one bucket; those that are not there are no error.

    Raises:
        RemoteError: If the store refuses.
    """
    todo = iter(urls)
    while some := list(itertools.islice(todo, _DELETED_AT_ONCE)):
        keys = [address_of(url).key for url in some]

        def delete(obstore: Any, store: Any, _: str, keys: list[str] = keys) -> None:
            with contextlib.suppress(FileNotFoundError):
                obstore.delete(store, keys)

        asked(some[0], delete, fault=write_fault_of)
