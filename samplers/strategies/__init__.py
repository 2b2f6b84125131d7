"""Strategies: how often a row is drawn, as a formula on the sizes of classes.

    _strategy.py         what a strategy is, and what is to be said of one
    _registry.py         strategies by name, one line each
    _power.py            `natural`, `sqrt`, `power:Q`
    _equal.py            `oversample`, `undersample`
    _effective.py        `effective:BETA`
    _repeat_factor.py    `repeat-factor:T`
    _progressive.py      `progressive:E`
    _table.py            `cells:FILE`

A strategy's file holds its formula and a `StrategyKind` that says all else: how its argument is read, what the docs and
`--help` say, which picture is drawn and whether an audit prices it. The command line reads that for `--help`; so numpy
is imported inside the formulas.
"""

from __future__ import annotations

from datatool.samplers.strategies._effective import Effective, check_beta, effective_number
from datatool.samplers.strategies._equal import Oversample, Undersample
from datatool.samplers.strategies._power import Natural, Power
from datatool.samplers.strategies._progressive import Progressive
from datatool.samplers.strategies._registry import STRATEGIES, parse_strategy
from datatool.samplers.strategies._repeat_factor import RepeatFactor
from datatool.samplers.strategies._strategy import ChangingStrategy, Strategy, StrategyKind
from datatool.samplers.strategies._table import CellShares

__all__ = [
    "STRATEGIES",
    "CellShares",
    "ChangingStrategy",
    "Effective",
    "Natural",
    "Oversample",
    "Power",
    "Progressive",
    "RepeatFactor",
    "Strategy",
    "StrategyKind",
    "Undersample",
    "check_beta",
    "effective_number",
    "parse_strategy",
]
