"""The main job on embedded data.

::

    _run.py       audit, balance, fine-tune without and with balancing, compare
    _digits.py    the data set: real digits made scarce, and synthetic ones
    _glyphs.py    digits drawn with fonts
    _backbone.py  a backbone for two cores
    _page.py      the page
    _to_try.py    files that the commands of the documentation can be tried on
"""

from __future__ import annotations

from datatool.demo._backbone import small_backbone
from datatool.demo._run import run_demo

__all__ = ["run_demo", "small_backbone"]
