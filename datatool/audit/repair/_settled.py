"""What an earlier split settled: its rows by place and by content, those that have left since included."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from datatool.audit.images import Engine, contents_file, load_contents, scan
from datatool.rows import Rows, open_rows, resolve
from datatool.schemas import EVAL_SPLITS, SYNTHETIC, DatasetError

SETTLED: Final = "settled"
_DIGESTS: Final = ("content", "pixels", "look")


@dataclass(frozen=True, kw_only=True)
class Earlier:
    """An earlier split, in the table ``settled`` (path, root, split, content, pixels, look, left_out, place).

    Attributes:
        rows: Rows that it lists.
        unknown: Of those, rows whose content is not known: they are told by their place alone.
        shares: val and test -> share of its real rows.
    """

    rows: int
    unknown: int
    shares: Mapping[str, float]


def load_settled(connection: Any, old: str, /, *, engine: Engine | None, cache: Path | str | None) -> Earlier:
    """Read an earlier split into a table of another database.

    Args:
        connection: Where ``settled`` is made.
        old: A split folder, or a dataset file, table or list with splits.
        engine: Where images without a kept digest are read; None reads none.
        cache: File of earlier measurements, see `scan`.

    Raises:
        DatasetError: If it cannot be read, or has neither val nor test.
    """
    with open_rows(resolve(old)) as past:
        _take_words(past)
        inside = past.read()
        load_contents(inside, contents_file(past), "kept")
        _make(past)
        shares = _shares(inside, old)
        if engine is not None:
            _read_missing(past, engine=engine, cache=cache)
        found = inside.sql(f"SELECT * FROM {SETTLED}").to_arrow_table()
    connection.register("earlier", found)
    connection.execute(f"CREATE OR REPLACE TABLE {SETTLED} AS SELECT * FROM earlier")
    connection.unregister("earlier")
    [(rows, unknown)] = connection.execute(
        f"SELECT count(*), count(*) FILTER (content IS NULL) FROM {SETTLED} WHERE NOT left_out"
    ).fetchall()
    return Earlier(rows=rows, unknown=unknown, shares=shares)


def _take_words(past: Rows) -> None:
    """Labels that are names say nothing of splits, so such rows are rows like any other here."""
    past.read().execute("INSERT INTO rows SELECT path, 0, source, split, root, file, line FROM words")


def _make(past: Rows) -> None:
    """The rows with the digests that were kept, and what was kept of rows that had left before."""
    connection = past.read()
    digests = ", ".join(f"k.{name}" for name in _DIGESTS)
    connection.execute(
        f"CREATE OR REPLACE TABLE {SETTLED} AS "
        f"SELECT r.path, r.root, r.split, {digests}, false AS left_out, r.place FROM (SELECT path, "
        f"root::VARCHAR AS root, split::VARCHAR AS split, {past.place} AS place FROM rows) r "
        "LEFT JOIN (SELECT place, any_value(content) AS content, any_value(pixels) AS pixels, any_value(look) AS look "
        "FROM kept WHERE NOT left_out GROUP BY place) k USING (place) "
        "UNION ALL SELECT path, root, split, content, pixels, look, true, place FROM kept WHERE left_out"
    )


def _read_missing(past: Rows, *, engine: Engine, cache: Path | str | None) -> None:
    connection = past.read()
    known = f"SELECT place FROM {SETTLED} WHERE content IS NOT NULL"
    connection.execute(f"DELETE FROM rows WHERE {past.place} IN ({known})")
    scan(connection, engine=engine, cache=cache)
    connection.execute(
        f"UPDATE {SETTLED} SET content = i.content, pixels = i.pixels, look = i.look FROM images i "
        f"WHERE {SETTLED}.path = i.path AND {SETTLED}.root = i.root AND NOT left_out AND {SETTLED}.content IS NULL"
    )


def _shares(connection: Any, old: str) -> dict[str, float]:
    found = dict(
        connection.execute(
            f"SELECT split::VARCHAR, count(*) FROM rows WHERE source::VARCHAR <> '{SYNTHETIC}' GROUP BY ALL"
        ).fetchall()
    )
    total = sum(found.values())
    shares = {split: found[split] / total for split in EVAL_SPLITS if found.get(split)}
    if not shares:
        raise DatasetError(
            f"--from must name a data set with rows in val or test; got '{old}' with none",
            hint="name a folder that datatool split wrote, or a dataset.yaml",
        )
    return shares
