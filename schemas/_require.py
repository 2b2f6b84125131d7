"""Optional packages, imported where they are needed."""

from __future__ import annotations

import importlib
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
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "No ccache found")  # paddle's, about compiling its own extensions
            return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] != module.split(".")[0]:
            raise
        raise MissingDependencyError(
            f"this step must have the package '{module.split('.')[0]}', which is not installed",
            hint=f"in a checkout of datatool run pip install '.[{extra}]'",
        ) from None
