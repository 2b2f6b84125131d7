"""datatool makes an image-classification data set fit to train on, and then trains on it.

>>> from datatool import BalancedLoader, BalancedSampler, Plan
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datatool import errors
    from datatool.loader import BalancedLoader, Batch
    from datatool.samplers import BalancedSampler
    from datatool.schemas import Plan

__version__ = "0.1.0"

__all__ = ["BalancedLoader", "BalancedSampler", "Batch", "Plan", "__version__", "errors"]

_HOME = {
    "BalancedLoader": "datatool.loader",
    "BalancedSampler": "datatool.samplers",
    "Batch": "datatool.loader",
    "Plan": "datatool.schemas",
}


def __getattr__(name: str) -> Any:
    if name == "errors":
        return importlib.import_module("datatool.errors")
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOME[name]), name)
    globals()[name] = value
    return value
