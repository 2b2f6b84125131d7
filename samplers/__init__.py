"""Arithmetic only: how often each row is drawn, and when; numpy, no input or output, no framework.

    _balanced.py     BalancedSampler: any batch of any epoch of a plan
    strategies/      how often a row is drawn, as a formula on the sizes of classes
    allocation/      from a strategy and what else a plan asks for to whole quotas
    order/           which row stands at which position of an epoch
    _weights.py      how much a draw counts in the loss
    _kind.py         what `--strategy` and `--weights` can name

A draw is one use of a row at a position of an epoch. A cell is one (class, source) that has rows. A quota is the number
of draws of a cell in an epoch.

`__init__.pyi` lists the exports. They load when they are first named: `datatool --help` names strategies without numpy.
"""

from __future__ import annotations

if __name__ == "samplers":
    raise ImportError("import datatool.samplers; the folder on sys.path would make second copies of its classes")

from datatool.lazy import attach_stub

__getattr__, __all__ = attach_stub(__name__, __file__)
