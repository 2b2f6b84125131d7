"""One state: the rows of a data set, a plan or a run, in a table."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np

from datatool.audit.images import CONTENTS, contents_file, load_contents, open_engine, scan
from datatool.rows import Rows, open_rows, open_store, resolve
from datatool.runs import flatten, newest, read_checkpoint, read_run_recipe, stage_recipes
from datatool.schemas import EVAL_SPLITS, TRAIN, DiffSide, Plan, join_place
from datatool.storage import is_plan, locate_all, open_plan

_RECIPE: Final = "recipe.yaml"
OLD: Final = "old"  # the side whose pictures were what their digests say: they may have changed since
_BATCH: Final = 100_000
_COLUMNS: Final = (
    "path VARCHAR, place VARCHAR, split VARCHAR, label BIGINT, word VARCHAR, source VARCHAR, file VARCHAR, "
    "line BIGINT, content VARCHAR"
)


@dataclass(frozen=True, kw_only=True)
class State:
    """What a side says besides its rows.

    Attributes:
        side: For the document.
        names: Class names by id.
        quotas: (class, source) -> draws in epoch 0.
        settings: Dotted key -> JSON text.
    """

    side: DiffSide
    names: Mapping[int, str]
    quotas: Mapping[tuple[int, str], int] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)


def read_side(connection: Any, given: str, table: str, /, *, images: bool) -> State:
    """Read a state into a table (path, place, split, label, word, source, file, line, content).

    Args:
        connection: A DuckDB connection.
        given: A data set, a plan folder or a run folder.
        table: Its name.
        images: Read the pictures, for digests that do not lie beside the rows.

    Raises:
        DatatoolError: If it cannot be read.
    """
    connection.execute(f"CREATE OR REPLACE TABLE {table} ({_COLUMNS})")
    path = Path(given)
    if (path / _RECIPE).is_file():
        return _read_run(connection, path, table, images=images)
    if is_plan(given):
        return _read_plan(connection, open_plan(given), table, given=given, images=images)
    return _read_dataset(connection, given, table, images=images)


def _read_dataset(connection: Any, given: str, table: str, /, *, images: bool) -> State:
    """The rows of a data set; those whose label is a name that has no id have it as ``word``."""
    with open_rows(resolve(given)) as rows:
        inside = rows.read()
        load_contents(inside, contents_file(rows), "kept")
        if images:
            scan(inside, engine=open_engine(None))
        found = inside.sql(_rows_sql(rows, images=images, kept_first=table == OLD)).to_arrow_table()
        ids = [label for (label,) in inside.execute("SELECT DISTINCT label FROM rows ORDER BY 1").fetchall()]
        names = dict(rows.names or {})
        class_num = rows.class_num(ids[0], ids[-1]) if ids else 0
    _insert(connection, table, found)
    return State(side=_counted(connection, table, given=given, kind="dataset", class_num=class_num), names=names)


def _rows_sql(rows: Rows, *, images: bool, kept_first: bool) -> str:
    columns = "source::VARCHAR AS source, split::VARCHAR AS split, root::VARCHAR AS root, file::VARCHAR AS file, line"
    read = "LEFT JOIN images i ON i.path = r.path AND i.root = r.root" if images else ""
    content = f"coalesce({'k.content, i.content' if kept_first else 'i.content, k.content'})" if images else "k.content"
    return (
        f"SELECT r.path, r.place, r.split, r.label, r.word, r.source, r.file, r.line, {content} AS content FROM ("
        f"SELECT path, {rows.place} AS place, label, NULL AS word, {columns} FROM rows UNION ALL "
        f"SELECT path, {rows.place}, NULL, word, {columns} FROM words) r LEFT JOIN (SELECT place, any_value(content) "
        f"AS content FROM kept WHERE NOT left_out GROUP BY place) k ON k.place = r.place {read}"
    )


def _read_plan(connection: Any, plan: Plan, table: str, /, *, given: str, images: bool) -> State:
    for batch in _plan_batches(plan):
        _insert(connection, table, batch)
    beside = Path(plan.folder) / CONTENTS
    load_contents(connection, beside if beside.is_file() else None, "kept")
    connection.execute(
        f"UPDATE {table} SET content = k.content FROM kept k WHERE k.place = {table}.place AND NOT k.left_out"
    )
    if images:
        _read_pictures(connection, plan, table)
    cells = plan.cells
    quotas = zip(zip(cells.label.tolist(), cells.source, strict=True), cells.quota.tolist(), strict=True)
    return State(
        side=_counted(
            connection, table, given=given, kind="plan", class_num=plan.class_num, fingerprint=plan.fingerprint
        ),
        names=dict(plan.names or {}),
        quotas=dict(quotas),
        settings=_flat({"strategy": plan.strategy, "seed": plan.seed, "epoch_size": plan.epoch_size}),
    )


def _plan_batches(plan: Plan) -> Iterator[Any]:
    import pyarrow as pa

    for start in range(0, plan.num_rows, _BATCH):
        rows = plan.rows(np.arange(start, min(start + _BATCH, plan.num_rows)))
        count = len(rows.path)
        yield pa.table(
            {
                "path": rows.path,
                "place": locate_all(rows.root, rows.path),
                "split": [TRAIN] * count,
                "label": rows.label,
                "source": rows.source,
                "file": [plan.place] * count,
            }
        )


def _read_pictures(connection: Any, plan: Plan, table: str, /) -> None:
    import pyarrow as pa

    with open_store(memory_limit=None) as (inside, _):
        inside.execute(
            "CREATE TABLE rows (path VARCHAR, root VARCHAR, place VARCHAR, label BIGINT, source VARCHAR, "
            "split VARCHAR, file VARCHAR, line BIGINT)"
        )
        for start in range(0, plan.num_rows, _BATCH):
            rows = plan.rows(np.arange(start, min(start + _BATCH, plan.num_rows)))
            places = locate_all(rows.root, rows.path)
            _insert(inside, "rows", pa.table({"path": rows.path, "root": rows.root, "place": places}))
        scan(inside, engine=open_engine(None))
        found = inside.sql(
            "SELECT DISTINCT r.place, i.content FROM rows r JOIN images i ON i.path = r.path AND i.root = r.root"
        ).to_arrow_table()
    connection.register("read_pictures", found)
    connection.execute(f"UPDATE {table} SET content = p.content FROM read_pictures p WHERE p.place = {table}.place")
    connection.unregister("read_pictures")


def _read_run(connection: Any, run: Path, table: str, /, *, images: bool) -> State:
    """The rows that the last stage of a run draws from, and those that it was evaluated on."""
    recipe = read_run_recipe(run)
    found = newest(run / "checkpoints")
    state = None if found is None else read_checkpoint(found).state
    base = run.parent if state is None else (run / state.base).resolve()
    data = stage_recipes(recipe)[-1].recipe.data
    made = sorted((run / "plans").glob("stage_*.plan"))
    plan = open_plan(made[-1] if made else join_place(base, data.train))
    train = _read_plan(connection, plan, table, given=str(run), images=images)
    if data.val is not None:
        connection.execute(f"CREATE OR REPLACE TABLE evaluated ({_COLUMNS})")
        there = _read_dataset(connection, str(base / data.val), "evaluated", images=images).side.splits
        meant = next((split for split in EVAL_SPLITS if split in there), TRAIN)  # as the run itself evaluates
        connection.execute(
            f"INSERT INTO {table} SELECT * REPLACE ('val' AS split) FROM evaluated WHERE split = '{meant}'"
        )
    names = dict(train.names) if state is None else dict(enumerate(state.names))
    return State(
        side=_counted(
            connection,
            table,
            given=str(run),
            kind="run",
            class_num=plan.class_num if state is None else len(state.names),
            fingerprint=plan.fingerprint,
        ),
        names={label: name for label, name in names.items() if name != str(label)},
        quotas=train.quotas,
        settings={**train.settings, **_flat(dict(recipe.model_dump(mode="json")))},
    )


def _flat(tree: dict[str, Any]) -> dict[str, str]:
    return {key: json.dumps(value, sort_keys=True) for key, value in flatten(tree)}


def _insert(connection: Any, table: str, rows: Any) -> None:
    connection.register("incoming_rows", rows)
    connection.execute(f"INSERT INTO {table} BY NAME SELECT * FROM incoming_rows")
    connection.unregister("incoming_rows")


def _counted(
    connection: Any, table: str, *, given: str, kind: Any, class_num: int, fingerprint: str | None = None
) -> DiffSide:
    splits = dict(connection.execute(f"SELECT split, count(*) FROM {table} GROUP BY 1 ORDER BY 1").fetchall())
    [(digests,)] = connection.execute(f"SELECT count(content) FROM {table}").fetchall()
    return DiffSide(
        given=given,
        kind=kind,
        rows=sum(splits.values()),
        digests=digests,
        splits=splits,
        class_num=class_num,
        fingerprint=fingerprint,
    )
