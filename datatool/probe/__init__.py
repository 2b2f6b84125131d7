"""Rows seen through a frozen backbone, and linear heads on what it says of them; for advise and suspects.

::

    _rows      rows as arrays
    _backbone  the backbone that options name
    _frozen    what features come from, built when it is needed
    _spread    features computed by the workers of a cluster
    _probe     readable rows with their features
    _logistic  linear heads trained to their optimum
    _lbfgs     the minimum of a smooth function
    _folds     folds for cross-validation
    _similar   cosines between all rows
"""

from __future__ import annotations

from datatool.probe._backbone import Backbone, BackboneOptions, settle_backbone
from datatool.probe._folds import joined, pairs_of, stratified_folds
from datatool.probe._logistic import PENALTIES, Design, Head, softmax
from datatool.probe._probe import Probe, open_probe
from datatool.probe._rows import ProbeRows, probe_rows
from datatool.probe._similar import LOOK_ALIKE, close_pairs, cosine_blocks, unit_rows

__all__ = [
    "LOOK_ALIKE",
    "PENALTIES",
    "Backbone",
    "BackboneOptions",
    "Design",
    "Head",
    "Probe",
    "ProbeRows",
    "close_pairs",
    "cosine_blocks",
    "joined",
    "open_probe",
    "pairs_of",
    "probe_rows",
    "settle_backbone",
    "softmax",
    "stratified_folds",
    "unit_rows",
]
