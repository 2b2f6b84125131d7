"""Allocation: from a strategy and what else a plan asks for to whole quotas.

    _allocate.py           the whole way
    _modifiers.py          what is asked for besides a strategy
    _synthetic_share.py    `--synthetic-share`
    _shares.py             `--share`
    _capping.py            `--max-repeat`, `--synthetic-cap`
    _per_batch.py          `--per-batch`
    _costs.py              what an epoch costs
    _swollen.py            classes that synthetic rows have blown up
    _text.py               sentences about many classes

The arithmetic that an opened plan needs too is in `datatool.schemas.allocation`.
"""

from __future__ import annotations

from datatool.samplers.allocation._allocate import Allocation, allocate
from datatool.samplers.allocation._costs import EpochCost, epoch_cost, strategy_costs
from datatool.samplers.allocation._modifiers import Modifiers, Share
from datatool.samplers.allocation._swollen import swollen_by_synthetic
from datatool.samplers.allocation._text import classes_text

__all__ = [
    "Allocation",
    "EpochCost",
    "Modifiers",
    "Share",
    "allocate",
    "classes_text",
    "epoch_cost",
    "strategy_costs",
    "swollen_by_synthetic",
]
