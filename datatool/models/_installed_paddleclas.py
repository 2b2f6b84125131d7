"""Backbones of an installed PaddleClas: of a checkout named by ``PADDLECLAS``, else of its wheel.

Any architecture that it has can be built, under its own name and with its own parameter names. Nothing of it is part
of datatool.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from datatool.errors import ConfigError, MissingDependencyError
from datatool.models._python_path import first_on_path
from datatool.models._user_module import raised
from datatool.schemas import nearest, require

VARIABLE: Final = "PADDLECLAS"
_MARK: Final = "ppcls/arch/__init__.py"  # the wheel has no ppcls/__init__.py
_INSTALL: Final = f"name a checkout of PaddleClas in {VARIABLE}, or run pip install --no-deps paddleclas"


def paddleclas_backbone(name: str, class_num: int, /) -> Any:
    """Build an architecture of PaddleClas.

    Raises:
        ConfigError: If it has no such architecture, or it cannot be built so.
        MissingDependencyError: If PaddleClas is not there, or cannot be imported.
    """
    backbones = _imported()
    maker = getattr(backbones, name, None)
    if name.startswith("_") or not callable(maker):
        known = [key for key, value in vars(backbones).items() if callable(value) and key[:1].isupper()]
        near = nearest(name, known)
        hint = None if near is None else f"did you mean 'paddleclas:{near}'?"
        raise ConfigError(f"model.backbone must be one of PaddleClas's; got '{name}'", hint=hint)
    unique_name = require("paddle", extra="paddle").utils.unique_name
    try:
        with unique_name.guard("paddleclas_"):  # some nets name their tensors, and are built once in a process without
            return maker(class_num=class_num)
    except Exception as error:  # it is other people's code
        raise ConfigError(
            f"model.backbone must make a model; paddleclas:{name} called with class_num={class_num} raised "
            f"{raised(error)}"
        ) from error


def is_installed() -> bool:
    """Whether there is a PaddleClas to build from."""
    return _home() is not None


def _home() -> Path | None:
    """The folder that holds `ppcls`."""
    named = os.environ.get(VARIABLE)
    if named:
        folder = Path(named)
        if not (folder / _MARK).is_file():
            raise MissingDependencyError(
                f"{VARIABLE} must name a checkout of PaddleClas; '{named}' has no ppcls", hint=_INSTALL
            )
        return folder
    found = importlib.util.find_spec("paddleclas")
    for place in (found.submodule_search_locations or ()) if found is not None else ():
        if (Path(place) / _MARK).is_file():
            return Path(place)
    return None


def _imported() -> ModuleType:
    require("paddle", extra="paddle")
    home = _home()
    if home is None:
        raise MissingDependencyError("a backbone paddleclas:NAME needs PaddleClas, which is not there", hint=_INSTALL)
    with first_on_path(home):
        _check_one(home)
        try:
            backbones = importlib.import_module("ppcls.arch.backbone")
            logger = importlib.import_module("ppcls.utils.logger")
        except ImportError as error:
            missing = f"pip install --no-deps {error.name}" if error.name else _INSTALL
            raise MissingDependencyError(
                f"PaddleClas must be importable; got {raised(error)} from '{home}'", hint=missing
            ) from error
        except Exception as error:
            raise MissingDependencyError(
                f"PaddleClas must be importable; got {raised(error)} from '{home}'", hint=_INSTALL
            ) from error
    if "init_logger" in vars(logger) and inspect.isfunction(logger.init_logger):
        logger.init_logger(log_level=40)  # errors alone; without it, building some of its nets fails
    return backbones


def _check_one(home: Path) -> None:
    """`ppcls` imports itself by that name."""
    loaded = sys.modules.get("ppcls")
    place = None if loaded is None else Path(next(iter(loaded.__path__))).parent
    if place is not None and place.resolve() != home.resolve():
        raise MissingDependencyError(f"one PaddleClas must be used at a time; '{place}' is loaded already")
