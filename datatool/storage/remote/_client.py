"""The stores of this process, one for each bucket or host; and calls of them that Ctrl-C can interrupt."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final, TypeVar

from datatool.schemas import LoaderError, require
from datatool.storage.remote._aws import aws_settings

RETRIES: Final = 4
CONNECT_SECONDS: Final = 10.0
READ_SECONDS: Final = 20.0  # without a byte
RETRY_SECONDS: Final = 60.0  # after which no attempt is begun: a store that is silent holds a thread for 80 s at most
ANSWER_SECONDS: Final = 300.0  # of one whole answer, slow lines included
Got = TypeVar("Got")
_ENDPOINTS: Final = ("AWS_ENDPOINT", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AZURE_STORAGE_ENDPOINT")
_stores: dict[str, Any] = {}
_lock = threading.Lock()
_forked = False
_imported: Any = None


def client() -> Any:
    """The package obstore.

    Raises:
        MissingDependencyError: If it is not installed.
        LoaderError: In a process that was forked from one that had used it.
    """
    if _forked:
        raise LoaderError(
            "objects must be read by the process that reads them first, or by one started afresh; got a fork of one "
            "that had read some, in which their client would hang",
            hint="start workers with multiprocessing's 'spawn', or leave the reading to the loader's own threads",
        )
    global _imported
    if _imported is None or sys.modules.get("obstore") is not _imported:
        _imported = require("obstore", extra="remote")  # which looks at warnings and signals: not for each GET
    return _imported


def store_of(root: str, /) -> Any:
    """The store of a scheme and bucket or host.

    Raises:
        MissingDependencyError, LoaderError: As `client`.
    """
    client()
    found = _stores.get(root)
    if found is None:
        with _lock:
            found = _stores.get(root) or _stores.setdefault(root, _opened(root))
    return found


def call(work: Callable[[], Got], /) -> Got:
    """Do what may block, off the main thread: there an interruption would be heard only at its end."""
    if threading.current_thread() is not threading.main_thread():
        return work()
    outcome: list[Any] = []

    def run() -> None:
        try:
            outcome.extend((True, work()))
        except BaseException as error:  # noqa: BLE001 - raised again in the main thread
            outcome.extend((False, error))
        done.set()

    done = threading.Event()
    threading.Thread(target=run, name="datatool-object", daemon=True).start()
    done.wait()
    is_well, value = outcome
    if not is_well:
        raise value
    return value  # type: ignore[no-any-return]


def _opened(root: str) -> Any:
    from obstore import store

    _guard_forks()
    settings = aws_settings() if root.startswith("s3://") else {}
    plain = root.startswith("http://") or settings.get("endpoint", "").startswith("http://")
    plain = plain or any(os.environ.get(name, "").startswith("http://") for name in _ENDPOINTS)
    from_url: Any = store.from_url  # its overloads name each scheme's settings
    return from_url(
        root,
        client_options={
            "connect_timeout": timedelta(seconds=CONNECT_SECONDS),
            "read_timeout": timedelta(seconds=READ_SECONDS),
            "timeout": timedelta(seconds=ANSWER_SECONDS),
            **({"allow_http": True} if plain else {}),
        },
        retry_config={
            "max_retries": RETRIES,
            "retry_timeout": timedelta(seconds=RETRY_SECONDS),
            "backoff": {
                "init_backoff": timedelta(milliseconds=100),
                "max_backoff": timedelta(seconds=5),
                "base": 2,
            },
        },
        **settings,
    )


_guarded = False


def _guard_forks() -> None:
    """From now on a fork of this process knows that it must not use the client, whose threads it does not have."""
    global _guarded
    if not _guarded:
        os.register_at_fork(after_in_child=_mark_forked)
        _guarded = True


def _mark_forked() -> None:
    global _forked
    _forked = True
