"""Lists, tables and names of buckets as files of this machine: they are read in several passes."""

from __future__ import annotations

import atexit
import contextlib
import threading
from pathlib import Path

from datatool.progress import progress
from datatool.rows.remote._tables import copy_without_images
from datatool.schemas import DatasetError, scratch_folder
from datatool.storage import container_of, copy_object, is_table_name

_LARGE = 64 << 20  # bytes whose copying is shown
_copies: dict[tuple[str, str, int], Path] = {}
_lock = threading.Lock()
_stack = contextlib.ExitStack()  # closed with the process
atexit.register(_stack.close)
_folder: Path | None = None


def object_copy(url: str, /, *, what: str) -> Path:
    """The same of a list or table that is read for its rows: of a table of images in place without them.

    Raises:
        As `local_copy`.
    """
    if not is_table_name(url):
        return local_copy(url, what=what)
    try:
        return copy_without_images(url) or local_copy(url, what=what)
    except FileNotFoundError:
        raise DatasetError(f"{what} must exist; got '{url}'") from None


def local_copy(url: str, /, *, what: str) -> Path:
    """A copy of an object, made once while it is the same, and gone with the process.

    Args:
        url: Of the object.
        what: What messages call it.

    Raises:
        DatasetError: If it does not exist.
        RemoteError: If the store refuses.
    """
    try:
        state = container_of(url)
        key = (url, state.etag, state.size)
        with _lock:
            if key not in _copies:
                file = _home() / f"{len(_copies):06}" / (url.rpartition("/")[2] or "object")
                file.parent.mkdir()
                with progress(f"copying {what}", total=1, unit="files") if state.size > _LARGE else _quiet():
                    copy_object(state, file)
                _copies[key] = file
            return _copies[key]
    except FileNotFoundError:
        raise DatasetError(f"{what} must exist; got '{url}'") from None
    except OSError as error:
        raise DatasetError(f"{what} must be readable; got '{url}': {error.strerror}") from None


def _quiet() -> contextlib.AbstractContextManager[object]:
    return contextlib.nullcontext()


def _home() -> Path:
    global _folder
    if _folder is None or not _folder.is_dir():
        _folder = _stack.enter_context(scratch_folder())
    return _folder
