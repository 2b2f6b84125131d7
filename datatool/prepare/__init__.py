"""Shrunk copies of a data set whose originals are far larger than training needs.

::


"""

from __future__ import annotations

from datatool.prepare._prepare import prepare

__all__ = ["prepare"]
