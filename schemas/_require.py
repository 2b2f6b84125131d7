"""Optional packages, imported where they are needed."""

from __future__ import annotations

import importlib
import os
import signal
import threading
import warnings
from typing import Any

from datatool.schemas._errors import MissingDependencyError


def require(module: str, /, *, extra: str) -> Any:
    """Import and return ``module``, or say which extra brings it.

    Raises:
        MissingDependencyError: If the package is not installed.

    >>> require("json", extra="demo").dumps([])
    '[]'
    """
    hush_paddle()
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "No ccache found")  # paddle's, about compiling its own extensions
            imported = importlib.import_module(module)
        _take_back_sigterm()
        return imported
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] != module.split(".")[0]:
            raise
        raise MissingDependencyError(
            f"this step must have the package '{module.split('.')[0]}', which is not installed",
            hint=f"in a checkout of datatool run pip install '.[{extra}]'",
        ) from None


def hush_paddle() -> None:
    """Keep warnings of Paddle's C++ code, which are for its developers, to itself, unless somebody wants them.

    It reads the variable when it is imported.
    """
    os.environ.setdefault("GLOG_minloglevel", "2")


def _take_back_sigterm() -> None:
    """Paddle, when it is imported, ends the process at SIGTERM without asking a handler that Python has for it."""
    handler = signal.getsignal(signal.SIGTERM)
    if callable(handler) and threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, handler)
