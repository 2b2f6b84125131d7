"""Rooms that load what they export when it is first named; docs/decisions/0005 says why this way."""

from __future__ import annotations

import ast
import importlib
import os
import sys
from collections.abc import Callable
from typing import Any

__all__ = ["attach_stub"]


def attach_stub(package: str, file: str, /) -> tuple[Callable[[str], Any], list[str]]:
    """What a package exports, as the stub beside it says.

    The stub `__init__.pyi` is the one list of exports: type checkers read it, and so does this function. It holds lines
    of the form ``from datatool.room._module import Name as Name``.

    Args:
        package: ``__name__`` of the package.
        file: ``__file__`` of the package.

    Returns:
        Its ``__getattr__`` and its ``__all__``.

    >>> import datatool.schemas
    >>> "Plan" in attach_stub("datatool.schemas", datatool.schemas.__file__)[1]
    True
    """
    with open(os.path.join(os.path.dirname(file), "__init__.pyi"), encoding="utf-8") as stub:
        lines = [line for line in ast.parse(stub.read()).body if isinstance(line, ast.ImportFrom)]
    home = {alias.name: line.module for line in lines for alias in line.names if alias.asname == alias.name}

    def load(name: str) -> Any:
        module = home.get(name)
        if module is None:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        if module == package:  # `from package import room as room`
            return importlib.import_module(f"{package}.{name}")
        value = getattr(importlib.import_module(module), name)
        setattr(sys.modules[package], name, value)
        return value

    return load, sorted(home)
