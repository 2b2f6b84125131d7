"""Where the bytes of images lie in tables: Arrow bodies and Parquet pages, read by place like members of a tar.

::

    _places       places of the rows of a column, and why there are none
    _row_places   the same of any table, kept for a while
    _arrow        bodies of Arrow files and streams
    _flatbuffers  the fields of their metadata
    _parquet      pages of Parquet
    _thrift       the fields of page headers
    _levels       which values of a page are there
"""

from __future__ import annotations

from datatool.storage.places._places import NotInPlaceError, RowPlaces
from datatool.storage.places._row_places import places_of

__all__ = ["NotInPlaceError", "RowPlaces", "places_of"]
