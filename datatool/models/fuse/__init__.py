"""Convolutions and their batch norms, RepVGG and ACNet blocks, into single convolutions.

::

    _fuse.py      folds, and compares the outputs
    _foldable.py  which batch norms can be folded, seen by running the model
    _reparam.py   the arithmetic
"""

from __future__ import annotations

from datatool.models.fuse._fuse import check_repeats, fuse

__all__ = ["check_repeats", "fuse"]
