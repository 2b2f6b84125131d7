"""A reader: one format that rows are read from, and everything that the program and its pages say about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple

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
    """What is the same for all parts.

    Attributes:
        ids: Class name -> id, for readers whose labels are names. It is filled once every part is open, since sorted
            names are those of all parts, and looked up in by the passes over rows.
        folder: Where a reader keeps what it parsed, until the rows are closed.
    """

    ids: dict[str, int] = field(default_factory=dict)
    folder: Path = field(default_factory=Path)


class LineValues(NamedTuple):
    """What some lines hold of a column."""

    lines: Any  # int64 array of numpy
    values: Any  # Arrow array of string


@dataclass(frozen=True, kw_only=True)
class OpenedPart:
    """A part that was looked into, ready for passes over its rows.

    Attributes:
        part: The part.
        batches: Makes one pass: Arrow record batches of `batch_schema`, remarks added on the way.
        pick: Like batches, for the rows of some lines, ascending; others may come with them.
        separator: "space", "tab" or "comma"; None where there is no list text.
        sources: What its source column holds; None where there is no such column, nor in batches.
        splits: The known splits in its split column, other values being faults (W112); None where there is no such
            column, nor in batches.
        columns: Of a table: role -> name of its column.
        header: The first line of list text where it is a header.
        encoding: Of text that is not UTF-8, though it is read as such.
        class_names: What its labels are, where they are names; None where they are ids.
        feature: Class names by id, where the data say them themselves (`ClassLabel` of Hugging Face).
        folders: Names of class folders, whether or not they have images; each must have an id.
        header_names: Of a table: the names of all its columns.
        column: Of a table: makes a pass over one column, by its place, with what lines hold of it. Text without blanks
            around it; null where a cell is empty.
    """

    part: Part
    batches: Callable[[Remarks], Iterator[Any]]
    pick: Callable[[Any], Iterator[Any]] | None = None
    separator: str | None = None
    sources: Sequence[str] | None = None
    splits: Sequence[str] | None = None
    columns: Mapping[str, str] | None = None
    header: str | None = None
    encoding: str | None = None
    class_names: Sequence[str] | None = None
    feature: Mapping[int, str] | None = None
    folders: Sequence[str] = ()
    header_names: Sequence[str] = ()
    column: Callable[[int], Iterator[LineValues]] | None = None

    @property
    def has_source(self) -> bool:
        """Whether batches have a source column."""
        return self.sources is not None

    @property
    def has_split(self) -> bool:
        """Whether batches have a split column."""
        return self.splits is not None


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
        is_named: Whether labels are always names, those of folders.
        is_text: Whether it takes any text, so that what a file is must be told before.
        is_root: Whether paths are relative to the part itself, not to the folder that it lies in.
        holds_images: Whether the bytes of images lie in the part itself, so that no other root may be given.
    """

    kind: Kind
    help: str
    title: str
    text: str
    recognises: Callable[[Given], bool]
    open: Callable[[Part, Path, ReadOptions], OpenedPart]
    paths: Callable[[Part, Path], PathLines]
    is_named: bool = False
    is_text: bool = False
    is_root: bool = False
    holds_images: bool = False
