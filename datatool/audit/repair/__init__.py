"""Repair: new folders from a data set; the originals are never touched.

::

    _clean      without the rows that findings name
    _relabel    dense class ids, from ids with gaps or from names
    _remap      the same under a map that is continued
    _grown_map  that map
    _decisions  what people decided about single pictures
    _split      train, val and test from one split
    _resplit    the same of data that grew: what was settled stays
    _settled    the rows of an earlier split
    _follow     rows that belong where those are
    _units      rows that must stay together
    _components what is connected when some pairs are
    _draw       which of them go to val and test
    _contents   digests go with copies
    _columns    further columns of tables go with them, where they are asked for
    _faultless  lines that gave no row are never lost silently
    _write      the new folder: lists, names and dataset.yaml
"""

from __future__ import annotations

from datatool.audit.repair._clean import clean, needs_images
from datatool.audit.repair._decisions import read_decisions
from datatool.audit.repair._relabel import relabel, relabel_decided
from datatool.audit.repair._resplit import resplit
from datatool.audit.repair._split import split

__all__ = ["clean", "needs_images", "read_decisions", "relabel", "relabel_decided", "resplit", "split"]
