"""Modules of the user, found beside a recipe: two recipes may each have a module of the same name."""

from __future__ import annotations

import importlib
import importlib.util
import sys
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from datatool.errors import ConfigError, DatatoolError
from datatool.models._python_path import first_on_path
from datatool.schemas import nearest

_LOADED: Final[dict[Path, ModuleType]] = {}  # by file
_SIBLINGS: Final[dict[Path, dict[str, ModuleType]]] = {}  # folder -> modules that were imported from it, by name


@contextmanager
def user_module(name: str, /, *, base: Path, places: Iterable[str] = ()) -> Iterator[ModuleType]:
    """A module of ``base`` or of the Python path; inside, imports find the modules that lie in ``base``.

    Args:
        name: Dotted.
        base: Folder of the recipe; its own `name.py` goes before any other module of that name.
        places: What else ``name`` may have been meant to be.

    Raises:
        ConfigError: If there is no such module, or it raises.
    """
    base = base.resolve()
    with _beside(base):
        try:
            file = base / f"{name}.py"
            module = _load(file) if "." not in name and file.is_file() else importlib.import_module(name)
        except DatatoolError:
            raise
        except Exception as error:  # it is the user's code
            if isinstance(error, ModuleNotFoundError) and error.name and f"{name}.".startswith(f"{error.name}."):
                near = nearest(name, places)
                hint = f"it is looked for on the Python path and beside the recipe in {base}"
                raise ConfigError(
                    f"model.backbone must name a module that can be imported; got '{name}'",
                    hint=hint if near is None else f"did you mean '{near}:...'?",
                ) from None
            raise ConfigError(
                f"model.backbone must name a module that can be imported; '{name}' raised {raised(error)}",
                **place_of(error),
            ) from error
        yield module


def raised(error: BaseException, /) -> str:
    """Kind and first line of an error."""
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0].rstrip('.')}" if lines else type(error).__name__


def place_of(error: BaseException, /) -> dict[str, Any]:
    """``file`` and ``line`` where an error was raised, as the arguments of a `DatatoolError`."""
    if isinstance(error, SyntaxError):
        return {"file": error.filename, "line": error.lineno}
    last = traceback.extract_tb(error.__traceback__)[-1]
    return {"file": last.filename, "line": last.lineno}


def _load(file: Path) -> ModuleType:
    if file not in _LOADED:
        name = f"{file.stem}_{blake2b(str(file).encode(), digest_size=8).hexdigest()}"
        spec = importlib.util.spec_from_file_location(name, file)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module  # dataclasses and pickle look a class's module up by name
        try:
            spec.loader.exec_module(module)
        except BaseException:
            del sys.modules[name]
            raise
        _LOADED[file] = module
    return _LOADED[file]


@contextmanager
def _beside(base: Path) -> Iterator[None]:
    """Search ``base`` first, and forget by name what was imported from another recipe's folder."""
    with first_on_path(base):
        for folder, modules in _SIBLINGS.items():
            for name in modules if folder != base else ():
                sys.modules.pop(name, None)
        sys.modules.update(_SIBLINGS.get(base, {}))
        before = set(sys.modules).difference(_SIBLINGS.setdefault(base, {}))
        try:
            yield
        finally:
            new = {name: module for name, module in sys.modules.items() if name.partition(".")[0] not in before}
            _SIBLINGS[base].update((name, module) for name, module in new.items() if _lies_in(name, base))


def _lies_in(name: str, base: Path) -> bool:
    """Whether the package or module at the top of a dotted name is a file or folder of ``base``."""
    top = name.partition(".")[0]
    file = getattr(sys.modules.get(top), "__file__", None)
    return file is not None and Path(file) in (base / f"{top}.py", base / top / "__init__.py")
