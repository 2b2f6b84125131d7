"""Order: which row stands at which position of an epoch, without a list of the epoch.

_timeline.py       all epochs in one line: position -> row, and row -> positions
_totals.py         draws of each cell before an epoch
_free.py           the order of an epoch: position -> (cell, which of its draws)
_tree.py           the same before batches are shuffled, by a tree over the cells
_stretches.py      how draws that follow each other go down its busy nodes together
_steps.py          which child of a node a draw goes to
_group_order.py    the order of an epoch whose batches are P classes of K images
_groups.py         which classes meet in a batch there
_shards.py         which positions belong to which batch and rank
_next_use.py       when a rank draws a row again
_permute.py        keyed permutations
_feistel.py        of many items
_ranks.py          of a handful of items
_hash.py           the one source of chance
_recent.py         the last few values of a function

`__init__.pyi` lists the exports. They load when they are first named: quotas are worked out without an order.
"""

from __future__ import annotations

from datatool.lazy import attach_stub

__getattr__, __all__ = attach_stub(__name__, __file__)
