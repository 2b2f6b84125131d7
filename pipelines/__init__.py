"""Bytes to batches: read, sanitise, decode, augment, cache, transport."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if __name__ == "pipelines":
    raise ImportError("import datatool.pipelines; the folder on sys.path would make second copies of its classes")

if TYPE_CHECKING:
    from datatool.pipelines._augment import Augment, Interpolation, Stream, parse_augment
    from datatool.pipelines._engine import (
        UNKNOWN,
        Candidate,
        Engine,
        EngineSpec,
        Fault,
        Quarantine,
        Request,
        Result,
    )
    from datatool.pipelines._geometry import resize_of
    from datatool.pipelines._open import ENGINES, open_engine
    from datatool.pipelines._slots import SlotPool

__all__ = [
    "ENGINES",
    "UNKNOWN",
    "Augment",
    "Candidate",
    "Engine",
    "EngineSpec",
    "Fault",
    "Interpolation",
    "Quarantine",
    "Request",
    "Result",
    "SlotPool",
    "Stream",
    "open_engine",
    "parse_augment",
    "resize_of",
]

_HOME = {
    "_augment": ["Augment", "Interpolation", "Stream", "parse_augment"],
    "_engine": ["UNKNOWN", "Candidate", "Engine", "EngineSpec", "Fault", "Quarantine", "Request", "Result"],
    "_geometry": ["resize_of"],
    "_open": ["ENGINES", "open_engine"],
    "_slots": ["SlotPool"],
}
_MODULE_OF = {name: module for module, names in _HOME.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
    globals()[name] = value
    return value
