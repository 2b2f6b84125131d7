"""Engines by name, each imported when it is asked for."""

from __future__ import annotations

import importlib
from typing import Final, cast

from datatool.pipelines._engine import Engine, EngineSpec
from datatool.schemas import ConfigError

ENGINES: Final = {
    "threads": "datatool.pipelines._threads:ThreadsEngine",
    "dali": "datatool.pipelines._dali:DaliEngine",
}
_PROCESSES: Final = "datatool.pipelines._processes:ProcessesEngine"


def open_engine(name: str, spec: EngineSpec, /) -> Engine:
    """Build the engine called ``name``.

    Raises:
        ConfigError: If there is no such engine.
        MissingDependencyError: If it needs a package that is not installed.
    """
    if name not in ENGINES:
        raise ConfigError(f"engine must be one of {', '.join(ENGINES)}; got '{name}'")
    if spec.workers == "processes" and name != "threads":
        raise ConfigError(f"workers='processes' must go with engine 'threads'; got engine '{name}'")
    module, _, factory = (_PROCESSES if spec.workers == "processes" else ENGINES[name]).partition(":")
    return cast(Engine, getattr(importlib.import_module(module), factory)(spec))
