"""A reader: one format that rows are read from, and everything that the program and its pages say about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from datatool.rows._remarks import Remarks
from datatool.schemas import Kind, Part

NOT_UTF8: Final = "a byte is not UTF-8"
HEAD: Final = 1 << 16  # bytes: a header of many columns, and whatever else tells one format from another


@dataclass(frozen=True, kw_only=True)
class Given:
    """What is seen of a path before anything is read.

    Attributes:
        path: As given.
        is_folder: Whether a folder is there.
        head: The first bytes of a file, unpacked where it is gzip, `HEAD` at most; empty for folders, and for pipes,
            of which what is read is gone.
    """

    path: Path
    is_folder: bool
    head: bytes


@dataclass(frozen=True, kw_only=True)
class ReadOptions:
    """What is settled for all parts before one is opened.

    Attributes:
        ids: Class name -> id, for readers whose labels are names.
    """

    ids: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class OpenedPart:
    """A part that was looked into, ready for passes over its rows.

    Attributes:
        part: The part.
        batches: Makes one pass: Arrow record batches of `batch_schema`, remarks added on the way.
        pick: Like batches, for the rows of some lines, ascending; others may come with them.
        separator: "space", "tab" or "comma"; None where there is no list text.
        has_source: Whether batches have a source column.
        has_split: Whether batches have a split column; rows without one of the known splits are faults (W112).
        columns: Of a table: role -> name of its column.
        header: The first line of list text where it is a header.
        encoding: Of text that is not UTF-8, though it is read as such.
        classes: Of class folders: name -> id, whether or not they have images.
    """

    part: Part
    batches: Callable[[Remarks], Iterator[Any]]
    pick: Callable[[Any], Iterator[Any]] | None = None
    separator: str | None = None
    has_source: bool = False
    has_split: bool = False
    columns: Mapping[str, str] | None = None
    header: str | None = None
    encoding: str | None = None
    classes: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A line that cannot be read as a path, and why."""

    reason: str


PathLines = Iterator[tuple[int, str | Unreadable]]


@dataclass(frozen=True, kw_only=True)
class Reader:
    """One format: what `resolve`, `open_rows`, `listed_paths`, the help of DATASET and docs/audit.md know of it.

    Attributes:
        kind: Its name, and its key in a dataset file.
        help: What the help of DATASET calls it.
        title: What docs/audit.md calls it.
        text: What docs/audit.md says of it, in Markdown.
        recognises: Whether a path is one, from its name and its first bytes.
        open: Looks into a part; its path is given beside it, since standard input and pipes are kept in a file of
            their own.
        paths: The lines of a part and their paths, whatever the labels are, for those who need no label.
        class_names: Names of the classes that a path holds, sorted; None where labels are ids already.
        is_text: Whether it takes any text, so that what a file is must be told before.
        is_root: Whether paths are relative to the part itself, not to the folder that it lies in.
    """

    kind: Kind
    help: str
    title: str
    text: str
    recognises: Callable[[Given], bool]
    open: Callable[[Part, Path, ReadOptions], OpenedPart]
    paths: Callable[[Part, Path], PathLines]
    class_names: Callable[[Path], list[str]] | None = None
    is_text: bool = False
    is_root: bool = False
