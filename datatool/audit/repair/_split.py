"""Train, val and test from one split: stratified, identical content on one side, synthetic rows in train."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any, Final

from datatool.audit.images import Engine, scan
from datatool.audit.repair._faultless import require_no_faults
from datatool.audit.repair._write import new_folder, repaired_class_num, write_dataset
from datatool.rows import Rows
from datatool.schemas import (
    EVAL_SPLITS,
    SYNTHETIC,
    TRAIN,
    ConfigError,
    FindingsError,
    RepairDocument,
    sole_writer,
)
from datatool.schemas.allocation import largest_remainder

_LOG: Final = logging.getLogger("datatool.audit")


def split(
    rows: Rows,
    /,
    *,
    out: Path,
    val: float,
    test: float = 0.0,
    seed: int = 0,
    engine: Engine | None,
    cache: Path | str | None = "auto",
) -> RepairDocument:
    """Write the rows of train as train, val and test.

    Each (class, source) gives its share; rows of identical content (bytes or pixels) go together, and a group that
    holds a synthetic row stays in train. Which groups go is decided by a hash of the seed and the content, so neither
    the order of the list nor where the files lie matters.

    Args:
        rows: The data set; its tables are changed.
        out: The new folder.
        val: Share of the rows for val, 0 to 1.
        test: Share of the rows for test, 0 to 1.
        seed: Another seed gives another draw.
        engine: Where images are read to find identical content; None goes by path alone.
        cache: File of earlier measurements, see `scan`.

    Raises:
        ConfigError: If the shares leave nothing for train or are not asked for at all, or ``out`` exists.
        FindingsError: If a line gives no row, or a split that is to be made has rows already.
    """
    shares = _checked(val, test)
    with sole_writer(out):
        require_no_faults(rows)
        connection = rows.read()
        _refuse_present(connection, shares)
        if engine is not None:
            scan(connection, engine=engine, cache=cache)
            _say_unread(connection)
        _make_groups(rows, seed, by_content=engine is not None)
        _draw(connection, shares, seed=seed)
        connection.execute(
            "CREATE OR REPLACE TABLE repaired AS SELECT r.path, r.label, r.source, coalesce(g.drawn, r.split::VARCHAR) "
            "AS split, r.root, r.file, r.line FROM rows r LEFT JOIN grouped m ON r.rowid = m.row LEFT JOIN groups g "
            "ON m.key = g.key"
        )
        with new_folder(out) as work:
            splits = write_dataset(rows, work, out=out)
        return RepairDocument(
            command="split", out=str(out), rows=sum(splits.values()), splits=splits, class_num=repaired_class_num(rows)
        )


def _say_unread(connection: Any) -> None:
    [(unread,)] = connection.execute("SELECT count(*) FROM measured WHERE code IN ('E401', 'E402')").fetchall()
    if unread:
        _LOG.warning("%s files are missing or unreadable: whether they are copies is told by their path alone", unread)


def _checked(val: float, test: float) -> dict[str, float]:
    shares = {name: share for name, share in zip(EVAL_SPLITS, (val, test), strict=True) if share}
    for name, share in shares.items():
        if not 0 < share < 1:
            raise ConfigError(f"--{name} must be between 0 and 1; got {share}")
    if not shares or sum(shares.values()) >= 1:
        raise ConfigError(f"--val and --test must leave rows for train and take some; got {val} and {test}")
    return shares


def _refuse_present(connection: Any, shares: dict[str, float]) -> None:
    counts = dict(connection.execute("SELECT split::VARCHAR, count(*) FROM rows GROUP BY ALL").fetchall())
    for name in shares:
        if counts.get(name):
            raise FindingsError(
                f"a split that is to be made must have no rows yet; got {counts[name]:,} in {name}",
                hint=f"leave out --{name}, or split the train list alone",
            )
    if not counts.get(TRAIN):
        raise FindingsError("a data set must have rows in train to be split; got none")


def _make_groups(rows: Rows, seed: int, *, by_content: bool) -> None:
    """``grouped`` (row, key, name) and ``groups`` (key, label, source, num_rows, movable, turn) of train."""
    if by_content:
        key, name = "coalesce(i.pixels, i.content, i.file)", "coalesce(i.pixels, i.content, r.path)"
        images = "JOIN images i ON r.path = i.path AND r.root::VARCHAR = i.root"
    else:
        key, name, images = rows.identity, "path", ""
    connection = rows.read()
    connection.execute(
        f"CREATE OR REPLACE TABLE grouped AS SELECT r.rowid AS row, {key} AS key, {name} AS name FROM rows r {images} "
        f"WHERE r.split::VARCHAR = '{TRAIN}'"
    )
    connection.execute(
        "CREATE OR REPLACE TABLE groups AS SELECT key, label, source, num_rows, movable, turn, "
        "NULL::VARCHAR AS drawn FROM (SELECT m.key, min(r.label) AS label, min(r.source::VARCHAR) AS source, "
        f"count(*) AS num_rows, bool_and(r.source::VARCHAR <> '{SYNTHETIC}') "
        "AND min(r.label) = max(r.label) AS movable, "
        f"md5_number_lower({seed} || ':' || min(m.name)) AS turn "
        "FROM grouped m JOIN rows r ON r.rowid = m.row GROUP BY m.key)"
    )


def _draw(connection: Any, shares: dict[str, float], *, seed: int) -> None:
    """Give groups away in hashed order until each stratum's quota is met; train keeps a row of each."""
    import numpy as np

    strata = connection.execute(
        "SELECT label, source, sum(num_rows)::BIGINT FROM groups WHERE movable GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    if not strata:
        return
    sizes = np.array([size for _, _, size in strata], np.int64)
    left = np.maximum(sizes - 1, 0)
    first = np.zeros_like(sizes)
    for name, share in shares.items():
        total = round(share * int(sizes.sum()))
        ideal = sizes.astype(np.float64) * (total / int(sizes.sum()))
        every = np.zeros(len(sizes), np.int64)
        quota = np.minimum(largest_remainder(ideal, np.array([total]), every, seed=seed), left)
        _give(
            connection, name, [(*row[:2], int(a), int(a + q)) for row, a, q in zip(strata, first, quota, strict=True)]
        )
        first, left = first + quota, left - quota
    connection.execute(f"UPDATE groups SET drawn = '{TRAIN}' WHERE drawn IS NULL")


def _give(connection: Any, name: str, spans: list[tuple[int, str, int, int]]) -> None:
    """Groups whose middle, rows counted in hashed order inside their stratum, lies after ``start`` and up to ``stop``.

    By the middle, groups that overlap an end fall on either side of it as often, so large groups do not starve a split.
    """
    import pyarrow as pa

    columns = ("label", "source", "start", "stop")
    connection.register("spans", pa.table({column: [span[i] for span in spans] for i, column in enumerate(columns)}))
    connection.execute(
        f"UPDATE groups SET drawn = '{name}' FROM (SELECT key, start, stop, num_rows, "
        "sum(num_rows) OVER (PARTITION BY label, source ORDER BY turn, key) AS upto, "
        "sum(num_rows) OVER (PARTITION BY label, source) AS total "
        "FROM groups JOIN spans USING (label, source) WHERE movable) AS counted "
        "WHERE groups.key = counted.key AND groups.drawn IS NULL "
        "AND upto - counted.num_rows / 2 > start AND upto - counted.num_rows / 2 <= stop AND upto < total"
    )
    connection.unregister("spans")
