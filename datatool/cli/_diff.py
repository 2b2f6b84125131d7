"""`datatool diff`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Final

import typer

from datatool.cli._output import JsonOption, emit_json, say, show
from datatool.schemas import plural

if TYPE_CHECKING:
    from datatool.schemas import DiffDocument, DiffPlace, DiffRow

_SHOWN: Final = 5  # rows of each kind, classes and settings
_SIGNS: Final = {
    "added": "added",
    "removed": "removed",
    "renamed": "elsewhere, with the same picture",
    "moved": "in another split",
    "relabelled": "of another class",
    "source": "of another source",
    "bytes": "whose bytes changed",
}


def diff(
    old: Annotated[str, typer.Argument(metavar="OLD", help="A data set, a plan folder or a run folder.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="The same, later.")],
    images: Annotated[
        bool, typer.Option("--images", help="Read the pictures: renamed ones, and bytes that changed.")
    ] = False,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit with 1 where they differ.")] = False,
    json: JsonOption = False,
) -> None:
    """Compare two states of a data set, two plans or two runs row by row."""
    from datatool.diff import diff as run

    document = run(old, new, images=images)
    if json:
        emit_json(document)
    else:
        for line in diff_lines(document):
            show(line)
        for note in document.notes:
            say(f"note: {note}.")
    if exit_code and not document.equal:
        raise typer.Exit(1)


def diff_lines(document: DiffDocument, /) -> Iterator[str]:
    """What a person reads: counts first, then the first rows of each kind, classes, draws and settings."""
    old, new = document.old, document.new
    yield f"{plural(old.rows, 'row')} before, {new.rows:,} now; {document.unchanged:,} unchanged"
    if old.class_num != new.class_num:
        yield f"class_num {old.class_num:,} before, {new.class_num:,} now"
    if document.equal:
        yield "no difference"
        return
    for kind, said in _SIGNS.items():
        if document.counts[kind]:
            yield f"{plural(document.counts[kind], 'row')} {said}"
            listed = document.rows[kind]
            yield from (f"  {_row(row)}" for row in listed[:_SHOWN])
            if document.counts[kind] > _SHOWN:
                yield f"  ... {document.counts[kind]:,} in all; --json has the first {len(listed):,}"
    yield from _classes(document)
    yield from _some(
        "draws per epoch",
        [f"{one.name}/{one.source}: {_number(one.old)} -> {_number(one.new)}" for one in document.quotas],
    )
    yield from _some("settings", [f"{one.key}: {one.old} -> {one.new}" for one in document.settings])


def _classes(document: DiffDocument) -> Iterator[str]:
    ids = [
        f"{one.name}: id {one.old_id} -> {one.new_id}"
        for one in document.classes
        if one.old_id is not None and one.new_id is not None and one.old_id != one.new_id
    ]
    yield from _some("ids of classes that changed", ids)
    moved = [one for one in document.classes if one.old_rows != one.new_rows or one.old_share != one.new_share]
    moved.sort(key=lambda one: -abs(one.new_share - one.old_share))
    shares = [
        f"{one.name}: {one.old_rows:,} -> {plural(one.new_rows, 'row')}, {100 * one.old_share:.2f} -> "
        f"{100 * one.new_share:.2f} % of what is trained on"
        for one in moved
    ]
    yield from _some("classes, the largest change of share first", shares)


def _some(title: str, lines: list[str]) -> Iterator[str]:
    if lines:
        yield f"{title}: {len(lines):,}"
        yield from (f"  {line}" for line in lines[:_SHOWN])
        if len(lines) > _SHOWN:
            yield f"  ... {len(lines) - _SHOWN:,} more; --json has all"


def _number(value: int | None) -> str:
    return "none" if value is None else f"{value:,}"


def _row(row: DiffRow) -> str:
    if row.old is None or row.new is None:
        only = row.new or row.old
        return "" if only is None else f"{only.path}  {_class(only)}  {only.split}  {only.source}"
    parts = [f"{row.old.path} -> {row.new.path}" if row.old.path != row.new.path else row.new.path]
    for before, now in (
        (_class(row.old), _class(row.new)),
        (row.old.split, row.new.split),
        (row.old.source, row.new.source),
    ):
        parts += [f"{before} -> {now}"] if before != now else []
    return "  ".join(parts)


def _class(place: DiffPlace) -> str:
    if place.name is None:
        return str(place.label)
    return place.name if place.label is None else f"{place.label} ({place.name})"
