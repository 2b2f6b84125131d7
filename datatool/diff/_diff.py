"""The comparison as a document."""

from __future__ import annotations

from typing import Any, Final

from datatool.diff._class import compare_classes, compare_quotas, name_classes
from datatool.diff._pair import changes, pair
from datatool.diff._side import State, read_side
from datatool.rows import open_store
from datatool.schemas import DiffDocument, DiffKey, DiffPlace, DiffRow, DiffSetting

KINDS: Final = ("added", "removed", "renamed", "moved", "relabelled", "source", "bytes")
_LISTED: Final = 1_000  # rows of each kind in the document
_PLACE: Final = ("path", "split", "label", "name", "source", "file", "line")


def diff(old: str, new: str, /, *, images: bool = False) -> DiffDocument:
    """Compare two states row by row.

    Args:
        old: A list or any other data set, a plan folder, or a run folder.
        new: The same, later; kinds may differ.
        images: Read the pictures: bytes that changed at one place, and pictures that were renamed, are
            then found where no digests lie beside the lists.

    Raises:
        DatatoolError: If a state cannot be read.
    """
    with open_store(memory_limit=None) as (connection, _):
        states = [read_side(connection, given, side, images=images) for given, side in ((old, "old"), (new, "new"))]
        named = name_classes(connection, *states)
        used = pair(connection)
        changes(connection)
        counts = _counts(connection)
        rows = {kind: _rows(connection, kind, states) for kind in KINDS if counts[kind]}
        classes = compare_classes(connection, *states, named=named)
        [(unchanged,)] = connection.execute(f"SELECT count(*) FROM changed WHERE NOT ({' OR '.join(KINDS)})").fetchall()
    quotas = compare_quotas(*states, named=named)
    settings = _settings(*states)
    sides = [state.side for state in states]
    ids = any(one.old_id != one.new_id for one in classes if one.old_id is not None and one.new_id is not None)
    equal = not (any(counts.values()) or quotas or settings or ids) and sides[0].class_num == sides[1].class_num
    return DiffDocument(
        old=sides[0],
        new=sides[1],
        equal=equal,
        matched_by=used,
        unchanged=unchanged,
        counts=counts,
        rows=rows,
        classes=classes,
        quotas=quotas,
        settings=settings,
        notes=_notes(*states, used=used),
    )


def _counts(connection: Any) -> dict[str, int]:
    counted = ", ".join(f"count(*) FILTER ({kind})" for kind in KINDS)
    [found] = connection.execute(f"SELECT {counted} FROM changed").fetchall()
    return dict(zip(KINDS, map(int, found), strict=True))


def _rows(connection: Any, kind: str, states: list[State]) -> list[DiffRow]:
    columns = "path, split, label, word, source, file, line"
    sides = ", ".join(f"{side}.{name}" for side in ("o", "n") for name in columns.split(", "))
    found = connection.execute(
        f"SELECT c.old IS NOT NULL, c.new IS NOT NULL, {sides} FROM changed c LEFT JOIN old o ON o.rowid = c.old "
        f"LEFT JOIN new n ON n.rowid = c.new WHERE c.{kind} ORDER BY coalesce(n.file, o.file), "
        f"coalesce(n.line, o.line), coalesce(n.path, o.path) LIMIT {_LISTED}"
    ).fetchall()
    half = len(_PLACE)
    return [
        DiffRow(
            old=_place(row[2 : 2 + half], states[0]) if row[0] else None,
            new=_place(row[2 + half :], states[1]) if row[1] else None,
        )
        for row in found
    ]


def _place(values: tuple[Any, ...], state: State) -> DiffPlace:
    path, split, label, word, source, file, line = values
    name = word if word is not None else state.names.get(label)
    return DiffPlace(path=path, split=split, label=label, name=name, source=source, file=file, line=line)


def _settings(old: State, new: State) -> list[DiffSetting]:
    if old.side.kind != new.side.kind:
        return []
    return [
        DiffSetting(key=key, old=old.settings.get(key), new=new.settings.get(key))
        for key in dict.fromkeys([*old.settings, *new.settings])
        if old.settings.get(key) != new.settings.get(key)
    ]


def _notes(old: State, new: State, *, used: list[DiffKey]) -> list[str]:
    notes = []
    if "path" in used:
        notes.append("no place is common to both: rows were recognised by their paths as written")
    without = [state.side for state in (old, new) if state.side.digests < state.side.rows]
    notes += [
        f"{side.given}: {side.rows - side.digests:,} of {side.rows:,} rows have no known content: whether their bytes "
        "changed or they were renamed is not told; --images reads them"
        for side in without
    ]
    if old.side.kind != new.side.kind:
        notes.append(f"a {old.side.kind} and a {new.side.kind}: settings and draws are not compared")
    return notes
