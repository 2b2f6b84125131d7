"""Arithmetic only: strategies, quotas, order and shards; numpy, no input or output, no framework."""

from __future__ import annotations

if __name__ == "samplers":
    raise ImportError("import datatool.samplers; the folder on sys.path would make second copies of its classes")

from datatool.samplers._allocate import Allocation, allocate
from datatool.samplers._balanced import BalancedSampler
from datatool.samplers._cells import CellShares
from datatool.samplers._counts import Counts
from datatool.samplers._effective import Effective, effective_number
from datatool.samplers._hash import hash_int, hash_u64, uniform
from datatool.samplers._modifiers import Modifiers, Share
from datatool.samplers._natural import Natural
from datatool.samplers._notes import classes_text
from datatool.samplers._oversample import Oversample
from datatool.samplers._power import Power
from datatool.samplers._progressive import Progressive
from datatool.samplers._repeat_factor import RepeatFactor
from datatool.samplers._strategies import STRATEGIES, Strategy, parse_strategy
from datatool.samplers._swollen import swollen_by_synthetic
from datatool.samplers._timeline import NEVER, DrawnRows, PlanLike
from datatool.samplers._undersample import Undersample
from datatool.samplers._weights import WEIGHTS, normalise_weights, parse_weights

__all__ = [
    "NEVER",
    "STRATEGIES",
    "WEIGHTS",
    "Allocation",
    "BalancedSampler",
    "CellShares",
    "Counts",
    "DrawnRows",
    "Effective",
    "Modifiers",
    "Natural",
    "Oversample",
    "PlanLike",
    "Power",
    "Progressive",
    "RepeatFactor",
    "Share",
    "Strategy",
    "Undersample",
    "allocate",
    "classes_text",
    "effective_number",
    "hash_int",
    "hash_u64",
    "normalise_weights",
    "parse_strategy",
    "parse_weights",
    "swollen_by_synthetic",
    "uniform",
]
