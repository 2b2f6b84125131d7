"""Shrunk copies of a data set whose originals are far larger than training needs.

::

    _prepare.py  every picture, in parallel and resumable
    _shrink.py   one picture
    _names.py    what copies are called
    _lists.py    the new lists, and what was left out
    _options.py  how copies are made
"""

from __future__ import annotations

from datatool.prepare._options import QUALITY, PrepareOptions
from datatool.prepare._prepare import prepare
from datatool.prepare._shrink import shrink

__all__ = ["QUALITY", "PrepareOptions", "prepare", "shrink"]
