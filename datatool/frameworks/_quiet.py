"""Native libraries that print what no user asked for."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import threading
import warnings
from collections.abc import Iterator
from typing import Final

_LOCK: Final = threading.RLock()  # the descriptors belong to the whole process


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Hold back warnings and what is written to standard output and error inside, file descriptors included.

    Where the block raises, what was held back goes to standard error: it may say why. Of several threads, one at a time
    is inside.
    """
    with _LOCK, tempfile.TemporaryFile() as held:
        sys.stdout.flush()
        sys.stderr.flush()
        kept = [os.dup(1), os.dup(2)]
        os.dup2(held.fileno(), 1)
        os.dup2(held.fileno(), 2)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                yield
        except BaseException:
            _restore(kept)
            held.seek(0)
            sys.stderr.write(held.read().decode(errors="replace"))
            raise
        else:
            _restore(kept)


def _restore(kept: list[int]) -> None:
    sys.stdout.flush()
    sys.stderr.flush()
    for number, copy in enumerate(kept, start=1):
        os.dup2(copy, number)
        os.close(copy)
