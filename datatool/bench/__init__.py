"""Measures the loader on the user's own plan, and says what to change.

::

    _bench.py    loads a plan with each engine for a few seconds, as training would
    _options.py  what a measurement may be told
    _files.py    what the files of a plan are like
    _advice.py   from measurements to what to change
"""

from __future__ import annotations

from datatool.bench._bench import bench
from datatool.bench._options import BenchOptions

__all__ = ["BenchOptions", "bench"]
