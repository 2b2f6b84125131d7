"""Tables of any format: columns told by name, one look at the whole label column, then passes over rows.

A format gives a `Table`. Everything that is the same for all of them happens here.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from datatool.rows._remarks import Remarks
from datatool.rows._splits import split_of
from datatool.rows.columns._roles import ROLES, find_columns, refuse_one_hot
from datatool.rows.readers._base import NOT_UTF8, LineValues, OpenedPart, PathLines, ReadOptions, Unreadable
from datatool.rows.readers._chunks import (
    TEXTS,
    Chunk,
    Texts,
    as_codes,
    as_plain,
    cells_as_text,
    decoded_texts,
    rows_of,
)
from datatool.rows.readers._compute import compute
from datatool.rows.readers._image_bytes import as_image_table, holds_images, is_named_image
from datatool.rows.readers._labels import LabelCounts, Labels
from datatool.rows.readers._spooled import Spooled
from datatool.schemas import DatasetError, Part, absolute_place

Places = Mapping[str, int]  # what a column holds -> its place among all columns
_VALUE: Final = "value"  # what a column holds that has no role among rows


@dataclass(frozen=True, kw_only=True)
class Table:
    """One table of some format.

    Attributes:
        names: Of all columns.
        read: Makes a pass over some columns: chunks whose columns are named by what they hold. What can be said of
            rows that are in none of them goes to the remarks.
        first: Makes the first rows as text, to see whether they are one-hot.
        types: Arrow types of all columns, where the format has them.
        features: Column -> class names by id, where the table says them.
        texts: Opens what makes lines, ascending over all calls, into their texts; None where there is no text.
        is_parsed: Whether reading is parsing: what was read is then kept for the passes that follow.
        encoding: Of text that is not UTF-8, though it is read as such.
        first_bytes: Gives the bytes of the first rows of a column that may hold images.
        holds: The place of the column whose images are read where the table is.
    """

    names: Sequence[str]
    read: Callable[[Places, Remarks], Iterator[Chunk]]
    first: Callable[[], list[list[str]]]
    types: Sequence[Any] | None = None
    features: Mapping[str, Mapping[int, str]] = field(default_factory=dict)
    texts: Callable[[], Texts] | None = None
    is_parsed: bool = False
    encoding: str | None = None
    first_bytes: Callable[[int], list[bytes | None]] | None = None
    holds: int | None = None


@dataclass(frozen=True, kw_only=True)
class _Seen:
    """What a look at whole columns says."""

    class_names: tuple[str, ...] | None
    are_whole: bool
    sources: Sequence[str] | None
    splits: Sequence[str] | None


def open_table(part: Part, table: Table, options: ReadOptions, /) -> OpenedPart:
    """Settle the columns of a table, and what its labels are.

    Raises:
        DatasetError: If names do not tell the columns, or a column cannot hold what it is named for.
    """
    part, table, places, named = _columns(part, table)
    read = table.read
    kept: Spooled | None = None
    if table.is_parsed:
        kept = Spooled(options.folder)
        read = kept.keep(table.read)
    seen = _look(part, table, places, named, read)
    labels = Labels(are_names=seen.class_names is not None, are_whole=seen.are_whole, ids=options.ids)

    def batches(remarks: Remarks) -> Iterator[Any]:
        texts = None if table.texts is None else table.texts()
        chunks = table.read(places, remarks) if kept is None else kept.read(remarks)
        for chunk in chunks:
            yield from rows_of(chunk, labels, remarks, texts=texts)

    return OpenedPart(
        part=part,
        batches=batches,
        sources=seen.sources,
        splits=seen.splits,
        columns=named,
        encoding=table.encoding,
        class_names=seen.class_names,
        feature=table.features.get(table.names[places["label"]]),
        header_names=table.names,
        column=lambda place: _column(part, table, place),
    )


def _column(part: Part, table: Table, place: int) -> Iterator[LineValues]:
    """A pass over one column, which may be any."""
    _check_types(part, table, {_VALUE: place})
    for chunk in table.read({_VALUE: place}, Remarks()):
        yield LineValues(chunk.lines, cells_as_text(chunk.columns.column(_VALUE)))


def table_paths(part: Part, table: Table, /) -> PathLines:
    """Lines and paths of a table whose labels need not be there."""
    columns = find_columns(table.names, dict(part.columns), file=part.path, needed=["path"])
    inside, table = _with_images(part, table, columns.path)
    _check_types(part, table, {"path": columns.path})
    root = "" if inside is part else f"{absolute_place(str(inside.root))}/"  # else the caller's root is joined to it
    remarks = Remarks()
    for chunk in table.read({"path": columns.path}, remarks):
        texts, broken = decoded_texts(chunk.columns.column(0))
        bad = itertools.repeat(False) if broken is False else broken
        lines: list[tuple[int, str | Unreadable]] = [
            (line, Unreadable(NOT_UTF8) if is_bad else f"{root}{text}" if text else Unreadable("no path in its column"))
            for line, text, is_bad in zip(chunk.lines.tolist(), texts.to_pylist(), bad, strict=False)
        ]
        lines += [(line, Unreadable(reason)) for _, line, _, reason in remarks.faults]
        remarks.clear()
        yield from sorted(lines, key=lambda each: each[0])


def _columns(part: Part, table: Table) -> tuple[Part, Table, dict[str, int], Mapping[str, str]]:
    """Part and table, changed where its images lie in it; places of the columns in use, and their names."""
    given = dict(part.columns)
    refuse_one_hot(table.names, table.first(), given, file=part.path)
    columns = find_columns(table.names, given, file=part.path)
    places = {role: at for role in ROLES if (at := getattr(columns, role)) is not None}
    part, table = _with_images(part, table, columns.path)
    _check_types(part, table, places)
    return part, table, places, columns.names


def _with_images(part: Part, table: Table, column: int) -> tuple[Part, Table]:
    """The table as one of images where its path column holds them."""
    first = table.first_bytes
    if first is None or table.types is None or not holds_images(table.types[column], lambda: first(column)):
        return part, table
    return as_image_table(part, table, column)


def _check_types(part: Part, table: Table, places: Places) -> None:
    """Raise DatasetError where a column holds no plain values."""
    import pyarrow as pa

    for role, at in places.items() if table.types is not None else ():
        assert table.types is not None
        kind = table.types[at]
        kind = kind.value_type if pa.types.is_dictionary(kind) else kind
        is_number = pa.types.is_primitive(kind) or pa.types.is_decimal(kind)
        fits = pa.types.is_integer(kind) or is_named_image(kind) if role == "path" else is_number
        if not (str(kind) in TEXTS or pa.types.is_null(kind) or fits):
            what = "text" if role == "path" else "text or numbers"
            raise DatasetError(f"the column '{table.names[at]}' must hold {what}; got {kind}", file=part.path)


def _look(
    part: Part,
    table: Table,
    places: Places,
    named: Mapping[str, str],
    read: Callable[[Places, Remarks], Iterator[Chunk]],
) -> _Seen:
    """One pass over what must be known as a whole; over all columns in use where what was parsed is kept."""
    asked = {role: at for role, at in places.items() if table.is_parsed or _must_be_seen(role, at, table)}
    counts = LabelCounts()
    found: dict[str, dict[str, None]] = {role: {} for role in ("source", "split") if role in places}
    if asked:
        for chunk in read(asked, Remarks()):
            if "label" in asked:
                counts.add(as_codes(chunk.columns.column("label")))
            for role, values in found.items():
                values.update(dict.fromkeys(_texts_in(chunk.columns.column(role))))
    class_names, are_whole = counts.settle(column=named["label"], file=part.path)
    splits = None if "split" not in found else [split for value in found["split"] if (split := split_of(value))]
    return _Seen(
        class_names=class_names,
        are_whole=are_whole,
        sources=None if "source" not in found else list(found["source"]),
        splits=None if splits is None else list(dict.fromkeys(splits)),
    )


def _must_be_seen(role: str, at: int, table: Table) -> bool:
    import pyarrow as pa

    assert table.types is not None
    return role in ("source", "split") or (role == "label" and not pa.types.is_integer(table.types[at]))


def _texts_in(column: Any) -> list[str]:
    """The different texts of a column, without the blanks that `place_sql` takes off too."""
    pc = compute()
    values = pc.unique(as_plain(column)).to_pylist()
    return [text.strip() for text in map(str, (value for value in values if value is not None)) if text.strip()]
