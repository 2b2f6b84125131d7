"""Rows sorted by cell, in little memory.

_pieces.py        rows in pieces, each sorted as it comes, in one file
_kept.py          the same, while an audit counts them
_runs.py          runs of cells, put together of pieces
"""

from __future__ import annotations

from datatool.balance.by_cell._kept import KeptRows
from datatool.balance.by_cell._pieces import text_places
from datatool.balance.by_cell._runs import rows_by_cell

__all__ = ["KeptRows", "rows_by_cell", "text_places"]
