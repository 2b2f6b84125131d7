"""pyarrow's compute functions: made when they are imported, so that no type checker knows their names."""

from __future__ import annotations

from typing import Any


def compute() -> Any:
    """The module `pyarrow.compute`."""
    import pyarrow.compute

    return pyarrow.compute
