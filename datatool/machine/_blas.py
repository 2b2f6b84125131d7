"""Threads of the math library that numpy brings along, for work that one core does faster than several.

OpenBLAS cuts every larger product into as many parts as there are cores, and its threads ask in a loop whether the
others are done. For matrices of some hundred rows that costs twice the arithmetic in CPU time, and ten times on a
machine that has other work to do.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Final

_LITTLE: Final = 2e10  # floating-point operations: about a second of one core
_GET: Final = "scipy_openblas_get_num_threads64_"
_SET: Final = "scipy_openblas_set_num_threads64_"


@contextmanager
def blas_threads_for(operations: float, /) -> Iterator[None]:
    """Keep numpy's matrix products on one thread where all of them together are little work.

    The setting is the process's, so that nothing else may be under way in other threads. A numpy that was built with
    another math library is left alone.

    Args:
        operations: Floating-point operations of what is done inside, roughly.
    """
    library = _openblas()
    before = 1 if library is None or operations > _LITTLE else int(library[_GET]())
    if library is None or before == 1:
        yield
        return
    library[_SET](1)
    try:
        yield
    finally:
        library[_SET](before)


@cache
def _openblas() -> Any:
    """The library in numpy's own wheel, which is loaded already; None where numpy has none."""
    import numpy as np

    for path in Path(np.__file__).parent.parent.glob("numpy.libs/*openblas*"):
        library = ctypes.CDLL(str(path))
        if hasattr(library, _GET) and hasattr(library, _SET):
            return library
    return None
