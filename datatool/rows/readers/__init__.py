"""What rows can be read from, one format per file.

::

    _base     a reader as an object, and what it is given and gives
    _list     list text, `path label` per line
    _ruled    list text by the rule of another program
    _csv      CSV and TSV with a header
    _jsonl    JSON lines
    _arrow    Arrow IPC: files, streams and Feather
    _parquet  Parquet
    _folder   a folder of class folders
    _shards   tar shards and zips of pictures
    _samples  their pictures and labels

What tables of every format share::

    _table         columns told by name, a look at whole columns, passes over rows
    _labels        a label column: ids or names
    _chunks        columns of values to rows
    _spooled       what was parsed from a text, kept for later passes
    _csv_text      blocks of CSV to columns
    _records       records of a CSV, stray quotes among them
    _json_text     blocks of JSON lines to columns
    _json_even     lines that are alike but for their texts
    _arrow_schema  what Parquet and Arrow have in common
    _image_bytes   columns that hold the images themselves
    _compute       pyarrow's compute functions

A further format is its file, its test, its import and line here, and its key in `datatool.schemas.DatasetPart`; `make
docs` then writes it into the help of DATASET and into docs/audit.md.
"""

from __future__ import annotations

from typing import Final

from datatool.rows.readers._arrow import ARROW
from datatool.rows.readers._base import HEAD, Given, LineValues, OpenedPart, PathLines, Reader, ReadOptions, Unreadable
from datatool.rows.readers._csv import CSV, is_table
from datatool.rows.readers._folder import FOLDER
from datatool.rows.readers._jsonl import JSONL
from datatool.rows.readers._list import LIST
from datatool.rows.readers._parquet import PARQUET
from datatool.rows.readers._ruled import read_ruled
from datatool.rows.readers._shards import COMPRESSED_TARS, SHARDS, ZIP
from datatool.schemas import Kind

_ALL: Final = (
    LIST,
    CSV,
    JSONL,
    ARROW,
    PARQUET,
    FOLDER,
    SHARDS,
    ZIP,
)
READERS: Final[dict[Kind, Reader]] = {reader.kind: reader for reader in _ALL}
"""By kind. The last is asked first whether a path is one of its own; list text takes what no other does."""


def kind_of(given: Given, /) -> Kind:
    """The kind of what was given without a word on what it is."""
    return next(kind for kind, reader in reversed(READERS.items()) if reader.recognises(given))


__all__ = [
    "COMPRESSED_TARS",
    "HEAD",
    "READERS",
    "Given",
    "LineValues",
    "OpenedPart",
    "PathLines",
    "ReadOptions",
    "Reader",
    "Unreadable",
    "is_table",
    "kind_of",
    "read_ruled",
]
