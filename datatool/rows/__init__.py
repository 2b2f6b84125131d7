"""Data sets read into rows, whatever they are written in.

::

    _resolve       what a command was given, as parts of one kind each
    _spread        one path that stands for several inputs: patterns, folders of splits, saved data sets
    _dataset_file  the same for a dataset file
    _expand        several files named by one pattern
    remote/        data sets on buckets and HTTP servers
    _default_root  where parts lie, and copies of what is read in passes
    readers/       formats, one per file: how each is recognised, read and described
    foreign/       what is no data set: told, named and refused
    text/          list text: bytes, lines and blocks of them
    _open          parts opened as rows
    _rows          rows: a stream in one pass, or tables in a database
    _pass          one pass over some parts
    _stated        sentences on what was settled by looking at the data
    _store         that database
    _remarks       what a pass gives beside rows: faults, words and notes
    columns/       columns of tables: by what they hold, or by name
    names/         class names: files of them, and which ids they get
    _refuse        exceptions of libraries as errors that name the file
    _written       lines of lists, names and tables that are written, each so that it reads back
    _paths         the pictures that a data set lists, for those who need no label
    _pictures      files that are named as images are
    _splits        what a split column says
    _conserved     rows neither vanish nor multiply
    _respelled     one image under several spellings
    _spool         standard input and pipes as files
    _glob          texts and `fnmatch` patterns as SQL
"""

from __future__ import annotations

from datatool.rows._conserved import require_conserved
from datatool.rows._expand import expanded
from datatool.rows._open import open_rows
from datatool.rows._paths import ListedPath, listed_paths
from datatool.rows._pictures import names_image, pictures_below
from datatool.rows._resolve import resolve, told_apart
from datatool.rows._respelled import identity_sql
from datatool.rows._rows import Rows
from datatool.rows._splits import split_of
from datatool.rows._stated import columns_text, names_shown
from datatool.rows._store import interrupt_queries, open_store
from datatool.rows._written import delimited_line, list_line, names_text, tsv_line
from datatool.rows.columns._further import FurtherColumn
from datatool.rows.columns._groups import NO_GROUPS, Grouping
from datatool.rows.columns._roles import role_of as column_role
from datatool.rows.foreign import refuse_binary_file, refuse_other_file
from datatool.rows.names._file import is_shifted, read_names
from datatool.rows.readers import READERS, Reader, read_ruled
from datatool.rows.remote import refuse_odd_url
from datatool.rows.text._header import csv_options, delimiter_of

__all__ = [
    "NO_GROUPS",
    "READERS",
    "FurtherColumn",
    "Grouping",
    "ListedPath",
    "Reader",
    "Rows",
    "column_role",
    "columns_text",
    "csv_options",
    "delimited_line",
    "delimiter_of",
    "expanded",
    "identity_sql",
    "interrupt_queries",
    "is_shifted",
    "list_line",
    "listed_paths",
    "names_image",
    "names_shown",
    "names_text",
    "open_rows",
    "open_store",
    "pictures_below",
    "read_names",
    "read_ruled",
    "refuse_binary_file",
    "refuse_odd_url",
    "refuse_other_file",
    "require_conserved",
    "resolve",
    "split_of",
    "told_apart",
    "tsv_line",
]
