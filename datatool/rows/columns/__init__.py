"""Columns of tables, by their names.

::

    _roles    which column holds what
    _further  a column that rows do not have, for those who ask for it
    _groups   rows that belong together, by such a column or a pattern
"""

from __future__ import annotations

__all__: list[str] = []
