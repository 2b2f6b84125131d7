"""A temporary folder that lives as long as the object that needs it."""

from __future__ import annotations

import contextlib
import weakref
from pathlib import Path

from datatool.schemas import scratch_folder


class Home:
    """A folder that is removed once nobody refers to this object, or at the interpreter's end.

    Attributes:
        path: The folder.
    """

    def __init__(self) -> None:
        stack = contextlib.ExitStack()
        self.path: Path = stack.enter_context(scratch_folder())
        self._end = weakref.finalize(self, stack.close)
