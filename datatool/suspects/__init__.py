"""Rows to look at again: probable wrong labels, pictures unlike anything else, near-duplicates, odd synthetic rows.

::

    _search     rows to suspects, and the folder that holds them
    _options    what a caller may say, and the limits of what is accused
    _find       everything that is suspicious, from features
    _labels     rows whose label is probably wrong
    _vote       which label each row should have: a head out of fold, and neighbours
    _score      how suspicious a label is
    _planted    how many wrong labels there are, from labels made wrong on purpose
    _outliers   pictures far from all others
    _near       pictures that are nearly the same, mirror images too
    _synthetic  synthetic rows beside the real ones of their class
    _write      `suspects.json` and `suspects.parquet`
    _review     `review.html`
    _pictures   its thumbnails, and digests
"""

from __future__ import annotations

from datatool.suspects._options import SuspectsOptions
from datatool.suspects._review import review_html
from datatool.suspects._search import suspects

__all__ = ["SuspectsOptions", "review_html", "suspects"]
