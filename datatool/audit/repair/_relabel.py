"""Dense class ids from ids with gaps, or from class names: one map for all splits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from datatool.audit._context import MAP
from datatool.audit.images import open_engine
from datatool.audit.repair._columns import columns_left
from datatool.audit.repair._contents import carry_contents
from datatool.audit.repair._decisions import settle
from datatool.audit.repair._faultless import require_no_faults
from datatool.audit.repair._remap import continued, make_repaired, map_notes, refuse_other_labels, rows_as_words
from datatool.audit.repair._write import new_folder, repaired_class_num, write_dataset
from datatool.rows import Rows
from datatool.schemas import (
    ConfigError,
    DatasetError,
    Decision,
    FindingsError,
    MapStep,
    RelabelMap,
    RepairDocument,
    and_more,
    escaped,
    plural,
    sole_writer,
)

_SHOWN: Final = 8  # classes named in a sentence


def relabel(rows: Rows, /, *, out: Path, old: Path | None = None, merge: Path | None = None) -> RepairDocument:
    """Write the data set with ids 0 to class_num - 1, its map and the inverse.

    Ids keep their order. Where labels are class names, a names file gives the ids; without one they are the places
    of the sorted names. A map of an earlier relabelling is continued instead, see `grow_map`.

    Args:
        rows: The data set; its tables are changed.
        out: The new folder.
        old: `map.json` of an earlier relabelling, or its folder.
        merge: CSV `old,new` of classes to be joined.

    Raises:
        FindingsError: If a line gives no row, or no row is left.
        DatasetError: If a name is not in the names file, or classes cannot be told by the map.
        ConfigError: If ``out`` exists, or map or CSV are not what they must be.
    """
    connection = rows.read()
    if rows.labels_are_names:
        rows_as_words(rows)
    # As E107 has it: names where most labels are words; a few words among ids are faults.
    [(named,)] = connection.execute("SELECT (SELECT count(*) FROM words) > (SELECT count(*) FROM rows)").fetchall()
    require_no_faults(rows, but=frozenset({"E102"}) if named else frozenset())
    before = _Before.of(rows)
    with sole_writer(out), new_folder(out) as work:
        grown = old is not None or merge is not None
        made, names = continued(rows, old, merge, named=named) if grown else _begun(rows, named=named)
        (work / MAP).write_text(made.to_json(), "utf-8")
        splits = write_dataset(rows, work, out=out, new_names=names)
        carry_contents(rows, work, out=out)
    return RepairDocument(
        command="relabel",
        out=str(out),
        rows=sum(splits.values()),
        changed=sum(splits.values()) if named else before.changed(made),
        splits=splits,
        class_num=made.class_num,
        notes=[*(map_notes(made) if grown else _classes_left(before, made)), *columns_left(rows)],
    )


def _begun(rows: Rows, *, named: bool) -> tuple[RelabelMap, Mapping[int, str] | None]:
    made, names = _from_names(rows) if named else _from_ids(rows)
    return made.model_copy(update={"history": [MapStep(added=made.map)]}), names


class _Before(NamedTuple):
    """Classes as they were.

    Attributes:
        rows: Of each id.
        names: By id; a map of names tells new ids by them.
    """

    rows: dict[int, int]
    names: Mapping[int, str]

    @classmethod
    def of(cls, rows: Rows, /) -> _Before:
        counts = rows.read().execute("SELECT label, count(*) FROM rows GROUP BY label").fetchall()
        return cls(dict(counts), rows.names or {})

    def changed(self, made: RelabelMap, /) -> int:
        """Rows whose id is another now."""
        by_name = made.labels == "names"
        keys = {label: self.names.get(label, str(label)) if by_name else str(label) for label in self.rows}
        return sum(count for label, count in self.rows.items() if made.map[keys[label]] != label)


def _classes_left(before: _Before, made: RelabelMap) -> list[str]:
    """A sentence on classes that have a name or a folder and no row, and so no id any more."""
    used = made.map.keys()
    left = [
        f"{label} {escaped(name)}"
        for label, name in before.names.items()
        if (name not in used if made.labels == "names" else str(label) not in used)
    ]
    if not left:
        return []
    return [f"left out {plural(len(left), 'class')} without a row: {and_more(left[:_SHOWN], len(left))}"]


def relabel_decided(
    rows: Rows, decisions: Sequence[Decision], /, *, out: Path, engine: str | None = None
) -> RepairDocument:
    """Write the data set with the classes that people decided on; ids are not made dense.

    Args:
        rows: The data set; its tables are changed.
        decisions: Those that say relabel are carried out.
        out: The new folder.
        engine: Where images are read: threads, ray or ray:ADDRESS.

    Raises:
        FindingsError: If a line gives no row.
        ConfigError: If a decision names a class that there is none of, or ``out`` exists.
    """
    connection = rows.read()
    require_no_faults(rows)
    known = {label for (label,) in connection.execute("SELECT DISTINCT label FROM rows").fetchall()}
    known |= set(rows.names or {})
    for one in decisions:
        if one.new_class is not None and one.new_class not in known:
            raise ConfigError(f"a decision must relabel to a class that there is; got {one.new_class} for '{one.path}'")
    with sole_writer(out), new_folder(out) as work:
        settled = settle(rows, decisions, action="relabel", engine=open_engine(engine))
        _apply(connection, settled.places)
        splits = write_dataset(rows, work, out=out)
        carry_contents(rows, work, out=out)
    return RepairDocument(
        command="relabel",
        out=str(out),
        rows=sum(splits.values()),
        splits=splits,
        class_num=repaired_class_num(rows),
        decisions=settled.told,
        notes=columns_left(rows),
    )


def _apply(connection: Any, places: Mapping[tuple[str, int], Decision]) -> None:
    import pyarrow as pa

    table = {
        "file": pa.array([file for file, _ in places], pa.string()),
        "line": pa.array([line for _, line in places], pa.int64()),
        "new": pa.array([one.new_class for one in places.values()], pa.int64()),
    }
    connection.register("decided", pa.table(table))
    connection.execute(
        "CREATE OR REPLACE TABLE repaired AS SELECT r.path, coalesce(d.new, r.label) AS label, r.source, r.split, "
        "r.root, r.file, r.line FROM rows r LEFT JOIN decided d ON r.file::VARCHAR = d.file AND r.line = d.line"
    )
    connection.unregister("decided")


def _from_ids(rows: Rows) -> tuple[RelabelMap, Mapping[int, str] | None]:
    connection = rows.read()
    old = [label for (label,) in connection.execute("SELECT DISTINCT label FROM rows ORDER BY 1").fetchall()]
    if not old:
        raise FindingsError("a data set must have a usable row; got none", hint="see why with datatool audit")
    make_repaired(connection, "rows", "label", dict(zip(old, range(len(old)), strict=True)), "BIGINT")
    made = RelabelMap(
        labels="ids",
        class_num=len(old),
        map={str(label): new for new, label in enumerate(old)},
        inverse=dict(enumerate(old)),
    )
    names = rows.names
    return made, None if names is None else {new: names[label] for new, label in enumerate(old) if label in names}


def _from_names(rows: Rows) -> tuple[RelabelMap, Mapping[int, str]]:
    connection = rows.read()
    refuse_other_labels(rows)
    connection.execute(
        "CREATE OR REPLACE TABLE named AS SELECT path, word, source, split, root, file, line FROM words "
        "UNION ALL SELECT path, label::VARCHAR, source, split, root, file, line FROM rows"
    )
    used = [word for (word,) in connection.execute("SELECT DISTINCT word FROM named ORDER BY 1").fetchall()]
    ids = _known_ids(rows, used) if rows.names is not None else {word: new for new, word in enumerate(sorted(used))}
    make_repaired(connection, "named", "word", ids, "VARCHAR")
    inverse = {new: word for word, new in ids.items()}
    return RelabelMap(labels="names", class_num=max(inverse) + 1, map=ids, inverse=dict(inverse)), inverse


def _known_ids(rows: Rows, used: list[str]) -> dict[str, int]:
    assert rows.names is not None
    by_name = {name: label for label, name in sorted(rows.names.items(), reverse=True)}
    for word in used:
        if word not in by_name:
            [(file, line)] = (
                rows.read()
                .execute("SELECT file::VARCHAR, line FROM named WHERE word = ? ORDER BY file, line LIMIT 1", [word])
                .fetchall()
            )
            found = rows.dataset.found_names
            hint = (
                None if found is None else f"names are from {found}, found beside the list; --names FILE gives others"
            )
            raise DatasetError(f"every class must be in the names file; got '{word}'", file=file, line=line, hint=hint)
    dense = {word: by_name[word] for word in sorted(used, key=by_name.__getitem__)}
    return {word: new for new, word in enumerate(dense)} if len(dense) < len(by_name) else dense
