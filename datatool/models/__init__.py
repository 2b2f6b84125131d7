"""Backbones and what is done to them: weight files, freezing, heads, taps, cutting, fusing."""

from __future__ import annotations

from datatool.models._backbones import make_backbone
from datatool.models._branches import add_branches
from datatool.models._cut import AMP_TOLERANCE, TOLERANCE, Cut, Prefix, close, find_cut
from datatool.models._freeze import Frozen, choose_frozen, join
from datatool.models._heads import classifier_of, find_head, new_head
from datatool.models._layer_decay import decayed_groups
from datatool.models._loading import LoadReport, load_pretrained, model_tensors
from datatool.models._taps import Tap, taps
from datatool.models._weights import format_of, read_weights
from datatool.models.fuse import fuse

__all__ = [
    "AMP_TOLERANCE",
    "TOLERANCE",
    "Cut",
    "Frozen",
    "LoadReport",
    "Prefix",
    "Tap",
    "add_branches",
    "choose_frozen",
    "classifier_of",
    "close",
    "decayed_groups",
    "find_cut",
    "find_head",
    "format_of",
    "fuse",
    "join",
    "load_pretrained",
    "make_backbone",
    "model_tensors",
    "new_head",
    "read_weights",
    "taps",
]
