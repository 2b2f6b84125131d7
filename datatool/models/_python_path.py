"""A folder first on Python's path: the path and the loaded modules belong to the whole process."""

from __future__ import annotations

import contextlib
import importlib
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_LOCK: Final = threading.RLock()


@contextlib.contextmanager
def first_on_path(folder: Path, /) -> Iterator[None]:
    """Imports find what lies in ``folder`` first; of several threads, one at a time is inside."""
    with _LOCK:
        sys.path.insert(0, str(folder))
        importlib.invalidate_caches()  # a file written a moment ago is found; not safe among threads in Python 3.11
        try:
            yield
        finally:
            sys.path.remove(str(folder))
