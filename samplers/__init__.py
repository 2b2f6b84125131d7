"""Arithmetic only: strategies, quotas, order and shards; numpy, no input or output, no framework."""

from __future__ import annotations

if __name__ == "samplers":
    raise ImportError("import datatool.samplers; the folder on sys.path would make second copies of its classes")

from datatool.samplers._allocate import Allocation, allocate
from datatool.samplers._counts import Counts
from datatool.samplers._hash import hash_int, hash_u64, uniform
from datatool.samplers._strategies import STRATEGIES, Strategy, parse_strategy

__all__ = [
    "STRATEGIES",
    "Allocation",
    "Counts",
    "Strategy",
    "allocate",
    "hash_int",
    "hash_u64",
    "parse_strategy",
    "uniform",
]
