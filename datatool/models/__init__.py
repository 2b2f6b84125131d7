"""Backbones and what is done to them.

::

    _backbones.py      backbones by name
    _user_module.py    modules of the user, beside a recipe
    _python_path.py    a folder first on Python's path, one thread at a time
    nets/              those of our own, with the parameter names of PaddleClas
    _installed_paddleclas.py  any architecture of an installed PaddleClas
    _blocks_paddle.py  blocks whose branches merge into one convolution
    _branches.py       ACNet's branches, for backbones that take them
    weights/           weight files of any framework, as arrays by name
    _names.py          names of PaddleClas's files that are others than ours
    _net_names.py      names of our tensors in PaddleClas
    _loading.py        strict loading, every key accounted for
    _default_weights.py  a file, or the framework's own weights for its backbone
    _heads.py          the last linear layer, and the bottleneck before it
    _head_loading.py   what becomes of a file's head
    _head_rows.py      which old row goes to which class
    _freeze.py         what stays as it is, by name
    _layer_decay.py    learning rates by depth
    _cut.py            a frozen prefix, and the rest that trains
    _compile_cost.py   how many pictures it takes to compile one
    _taps.py           the last layer before each down-sampling
    fuse/              fewer, equal layers for inference
"""

from __future__ import annotations

from datatool.models._backbones import make_backbone
from datatool.models._branches import add_branches
from datatool.models._compile_cost import MOST_PASSES, passes_to_compile
from datatool.models._cut import AMP_TOLERANCE, TOLERANCE, Cut, Prefix, close, find_cut
from datatool.models._default_weights import DEFAULT_WEIGHTS, check_pretrained, open_pretrained
from datatool.models._freeze import Frozen, choose_frozen, join
from datatool.models._heads import classifier_of, find_head, new_head
from datatool.models._layer_decay import decayed_groups
from datatool.models._loading import LoadReport, check_finite, check_names, load_pretrained, model_tensors
from datatool.models._names import translated
from datatool.models._net_names import as_paddleclas
from datatool.models._taps import Tap, taps
from datatool.models.fuse import check_repeats, fuse
from datatool.models.weights import Weights, check_kind, format_of, located, read_raw, read_weights

__all__ = [
    "AMP_TOLERANCE",
    "DEFAULT_WEIGHTS",
    "MOST_PASSES",
    "TOLERANCE",
    "Cut",
    "Frozen",
    "LoadReport",
    "Prefix",
    "Tap",
    "Weights",
    "add_branches",
    "as_paddleclas",
    "check_finite",
    "check_kind",
    "check_names",
    "check_pretrained",
    "check_repeats",
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
    "located",
    "make_backbone",
    "model_tensors",
    "new_head",
    "open_pretrained",
    "passes_to_compile",
    "read_raw",
    "read_weights",
    "taps",
    "translated",
]
