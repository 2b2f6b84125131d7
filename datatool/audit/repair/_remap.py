"""Labels of a data set under a map that is continued."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from datatool.audit.repair._grown_map import grow_map, read_map, read_merge
from datatool.rows import Rows
from datatool.schemas import ConfigError, DatasetError, FindingsError, RelabelMap, plural


def continued(
    rows: Rows, old: Path | None, merge: Path | None, /, *, named: bool
) -> tuple[RelabelMap, Mapping[int, str] | None]:
    """Make the table ``repaired`` under a map that goes on from an old one.

    Classes are told by name where both sides have names, else by id.

    Returns:
        The map, and the names of its classes, those that left included: a model has an output for each.
    """
    before, ids = (None, {}) if old is None else read_map(old)
    merged = {} if merge is None else read_merge(merge)
    by_name = _is_by_name(rows, before, ids, named=named)
    _make_named(rows, named=named, by_name=by_name)
    known = dict(before.map) if before is not None and not by_name else dict(ids or {})
    used = _used(rows, by_name=by_name)
    made = grow_map(before, known, used, merged, named=by_name)
    make_repaired(rows.read(), "named", "word", {word: made.map[word] for word in used}, "VARCHAR")
    return made, _names_of(rows, made, used, by_name=by_name)


def _is_by_name(rows: Rows, before: RelabelMap | None, ids: Mapping[str, int] | None, *, named: bool) -> bool:
    if before is None:
        return named or bool(rows.names)
    if (named or rows.names) and ids is not None:
        return True
    if named:
        raise ConfigError(
            "a map of ids must have names beside it to be continued with names; got none",
            hint="put a label_list.txt beside map.json, with `id name` lines",
        )
    if before.labels == "names":
        raise DatasetError(
            "a data set must name its classes to continue a map of names; got ids",
            hint="give --names FILE, with `id name` lines",
        )
    return False


def _make_named(rows: Rows, *, named: bool, by_name: bool) -> None:
    """The table ``named``: rows with the text of their class as ``word``."""
    import pyarrow as pa

    connection = rows.read()
    if named:
        refuse_other_labels(rows)
        connection.execute(
            "CREATE OR REPLACE TABLE named AS SELECT path, word, source, split, root, file, line FROM words "
            "UNION ALL SELECT path, label::VARCHAR, source, split, root, file, line FROM rows"
        )
        return
    names = _distinct_names(rows) if by_name else {}
    schema = pa.schema([("label", pa.int64()), ("word", pa.string())])
    connection.register("class_names", pa.table([list(names), list(names.values())], schema=schema))
    word = "c.word" if by_name else "r.label::VARCHAR"
    connection.execute(
        f"CREATE OR REPLACE TABLE named AS SELECT r.path, {word} AS word, r.source, r.split, r.root, r.file, r.line "
        "FROM rows r LEFT JOIN class_names c ON c.label = r.label"
    )
    connection.unregister("class_names")
    bare = connection.execute(
        "SELECT n.file::VARCHAR, n.line, r.label FROM named n JOIN rows r ON r.file = n.file AND r.line = n.line "
        "WHERE n.word IS NULL ORDER BY ALL LIMIT 1"
    ).fetchall()
    if bare:
        [(file, line, label)] = bare
        raise DatasetError(f"every class must have a name; got id {label} without one", file=file, line=line)


def _distinct_names(rows: Rows) -> Mapping[int, str]:
    names: Mapping[int, str] = rows.names or {}
    seen: dict[str, int] = {}
    for label, name in names.items():
        if seen.setdefault(name, label) != label:
            raise DatasetError(
                f"names must give each name one id; got '{name}' as {seen[name]} and {label}",
                file=rows.dataset.names or rows.dataset.found_names,
                hint="join classes with --merge",
            )
    return names


def _used(rows: Rows, *, by_name: bool) -> list[str]:
    used = [word for (word,) in rows.read().execute("SELECT DISTINCT word FROM named").fetchall()]
    if not used:
        raise FindingsError("a data set must have a usable row; got none", hint="see why with datatool audit")
    return sorted(used) if by_name else sorted(used, key=int)


def _names_of(rows: Rows, made: RelabelMap, used: list[str], *, by_name: bool) -> Mapping[int, str] | None:
    if by_name:
        return {label: str(name) for label, name in made.inverse.items()}
    if rows.names is None:
        return None
    return {made.map[word]: rows.names[int(word)] for word in used if int(word) in rows.names}


def map_notes(made: RelabelMap, /) -> list[str]:
    """What the last step of a map did."""
    step = made.history[-1]
    notes = [
        f"{plural(len(step.added), 'new class')}: {', '.join(f'{label} {name}' for name, label in step.added.items())}"
    ]
    notes = notes if step.added else ["0 new classes"]
    notes += [f"joined: {old} to {new}, id {made.map[new]}" for old, new in step.merged.items()]
    if step.left:
        shown = ", ".join(f"{label} {made.inverse[label]}" for label in step.left)
        notes.append(f"{plural(len(step.left), 'id')} without a row kept, given to no other class (W202): {shown}")
    return notes


def refuse_other_labels(rows: Rows, /) -> None:
    """E102 holds words, which are mapped, and labels that are neither."""
    found: list[tuple[Any, ...]] = (
        rows.read()
        .execute(
            "SELECT file::VARCHAR, line, reason FROM faults WHERE code = 'E102' "
            "AND (file::VARCHAR, line) NOT IN (SELECT file::VARCHAR, line FROM words) ORDER BY file, line LIMIT 1"
        )
        .fetchall()
    )
    if found:
        [(file, line, reason)] = found
        raise FindingsError(f"every label must be an id or a name; {reason}", file=file, line=line)


def make_repaired(connection: Any, table: str, column: str, ids: Mapping[Any, int], kind: str, /) -> None:
    """Make the table ``repaired`` of a table whose labels become ids."""
    import pyarrow as pa

    connection.register("new_ids", pa.table({"old": list(ids), "new": list(ids.values())}))
    connection.execute(
        "CREATE OR REPLACE TABLE repaired AS SELECT path, new AS label, source, split, root, file, line "
        f"FROM {table} JOIN new_ids ON {column} = old::{kind}"
    )
    connection.unregister("new_ids")


def rows_as_words(rows: Rows, /) -> None:
    """Put rows of named classes into the table ``words``: a map of names says more than one of the ids they got."""
    import pyarrow as pa

    connection = rows.read()
    names = rows.names or {}
    connection.register("class_names", pa.table({"id": pa.array(names, pa.int64()), "name": list(names.values())}))
    connection.execute(
        "INSERT INTO words SELECT path, name, source, split, root, file, line FROM rows JOIN class_names ON label = id"
    )
    connection.execute("DELETE FROM rows WHERE label IN (SELECT id FROM class_names)")
    connection.unregister("class_names")
