"""Outputs of a frozen prefix, computed once and kept."""

from __future__ import annotations

from datatool.features._cache import FeatureCache, FeatureSource, open_cache
from datatool.features._store import Features

__all__ = [
    "FeatureCache",
    "FeatureSource",
    "Features",
    "open_cache",
]
