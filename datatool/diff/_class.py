"""Classes of two states: by name where both have names, else by id."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from datatool.diff._side import State
from datatool.schemas import TRAIN, DiffClass, DiffQuota, whole_number


def name_classes(connection: Any, old: State, new: State, /) -> bool:
    """Add the column ``class`` to the tables ``old`` and ``new``: text that is equal where the class is the same.

    Returns:
        Whether classes are told by name.
    """
    named = all(bool(state.names) or _has_words(connection, side) for side, state in (("old", old), ("new", new)))
    for side, state in (("old", old), ("new", new)):
        _add(connection, side, state.names if named else {})
    return named


def _has_words(connection: Any, side: str) -> bool:
    [(words,)] = connection.execute(f"SELECT count(word) FROM {side}").fetchall()
    return bool(words)


def _add(connection: Any, side: str, names: Mapping[int, str]) -> None:
    import pyarrow as pa

    schema = pa.schema([("label", pa.int64()), ("name", pa.string())])
    connection.register("class_names", pa.table([list(names), list(names.values())], schema=schema))
    connection.execute(f"ALTER TABLE {side} ADD COLUMN class VARCHAR")
    connection.execute(
        f"UPDATE {side} SET class = coalesce(word, (SELECT c.name FROM class_names c WHERE c.label = {side}.label), "
        "label::VARCHAR)"
    )
    connection.unregister("class_names")


def compare_classes(connection: Any, old: State, new: State, /, *, named: bool) -> list[DiffClass]:
    """Every class of either side, with its rows of all splits and its share of what is trained on."""
    counted = [_counts(connection, side, state, named=named) for side, state in (("old", old), ("new", new))]
    found = []
    for name in sorted({*counted[0], *counted[1]}, key=_order):
        (old_id, old_rows, old_share), (new_id, new_rows, new_share) = (
            one.get(name, (None, 0, 0.0)) for one in counted
        )
        found.append(
            DiffClass(
                name=_shown(name, old, new),
                old_id=old_id,
                new_id=new_id,
                old_rows=old_rows,
                new_rows=new_rows,
                old_share=old_share,
                new_share=new_share,
            )
        )
    return found


def _counts(connection: Any, side: str, state: State, *, named: bool) -> dict[str, tuple[int | None, int, float]]:
    splits = state.side.splits
    main = TRAIN if TRAIN in splits else next(iter(splits), TRAIN)
    total = max(splits.get(main, 0), 1)
    found = connection.execute(
        f"SELECT class, min(label), count(*), count(*) FILTER (split = ?) FROM {side} GROUP BY class", [main]
    ).fetchall()
    counts: dict[str, tuple[int | None, int, float]] = {
        name if named else str(label): (label, 0, 0.0) for label, name in state.names.items()
    }
    return counts | {name: (label, rows, inside / total) for name, label, rows, inside in found}


def _order(name: str) -> tuple[int, int, str]:
    number = whole_number(name)
    return (1, 0, name) if number is None else (0, number, "")


def _shown(name: str, *states: State) -> str:
    label = whole_number(name)
    if label is None:
        return name
    return next((state.names[label] for state in states if label in state.names), name)


def compare_quotas(old: State, new: State, /, *, named: bool) -> list[DiffQuota]:
    """Cells whose draws differ, where both sides have draws."""
    if not (old.quotas and new.quotas):
        return []
    drawn = [
        {(state.names.get(label, str(label)) if named else str(label), source): quota
         for (label, source), quota in state.quotas.items()}
        for state in (old, new)
    ]  # fmt: skip
    return [
        DiffQuota(name=_shown(cell[0], old, new), source=cell[1], old=drawn[0].get(cell), new=drawn[1].get(cell))
        for cell in sorted({*drawn[0], *drawn[1]}, key=lambda cell: (_order(cell[0]), cell[1]))
        if drawn[0].get(cell) != drawn[1].get(cell)
    ]
