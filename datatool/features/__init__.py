"""Outputs of a frozen prefix, computed once and kept.

_cache.py        FeatureCache: the features of a stage's plan and of its list to evaluate on
_batches.py      FeatureBatches: batches of features in the place of images
_list.py         the same for the pictures of a list, without a plan
_pieces.py       features of single pictures, in whatever list they come
_pictures.py     the pictures that features are computed of, and what decides them
_substitutes.py  whose picture is shown where a file cannot be read
_store.py        features on disk, under a budget
_worth.py        whether a stage does better with them than with pictures
"""

from __future__ import annotations

from datatool.features._batches import FeatureBatches
from datatool.features._cache import FeatureCache, open_cache
from datatool.features._list import list_features, list_prefix, run_list
from datatool.features._store import Features
from datatool.features._worth import Worth, weigh

__all__ = [
    "FeatureBatches",
    "FeatureCache",
    "Features",
    "Worth",
    "list_features",
    "list_prefix",
    "open_cache",
    "run_list",
    "weigh",
]
