"""Two states of a data set, two plans or two runs, compared row by row.

::

    _diff   the document
    _side   one state: the rows of a data set, a plan or a run
    _pair   rows of two states that are the same one
    _class  classes of both
"""

from __future__ import annotations

from datatool.diff._diff import diff

__all__ = ["diff"]
