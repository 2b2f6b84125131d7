"""Quotas, margins and apportionment: numpy only, imported by schemas and samplers alike.

They stand beside the plan because they are part of its format: a progressive plan stores two ends, and every program
that opens it must find the same quotas in between.

    _cells.py        Counts and Cells: rows of each (class, source), and what a plan makes of them
    _limits.py       caps of cells and classes
    _quotas.py       the rounding rule: ideal draws -> whole quotas
    _margins.py      totals of sources beside totals of classes
    _fitting.py      iterative proportional fitting
    _median.py       the median
    _apportion.py    water-filling, largest remainder
"""

from __future__ import annotations

from datatool.schemas.allocation._apportion import largest_remainder, water_fill
from datatool.schemas.allocation._cells import Cells, Counts
from datatool.schemas.allocation._fitting import fit_margins
from datatool.schemas.allocation._limits import Limits, limits_of
from datatool.schemas.allocation._margins import SourceMargins, meet_sources, source_margins
from datatool.schemas.allocation._median import median
from datatool.schemas.allocation._quotas import between, round_quotas

__all__ = [
    "Cells",
    "Counts",
    "Limits",
    "SourceMargins",
    "between",
    "fit_margins",
    "largest_remainder",
    "limits_of",
    "median",
    "meet_sources",
    "round_quotas",
    "source_margins",
    "water_fill",
]
