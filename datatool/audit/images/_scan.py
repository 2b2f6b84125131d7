"""Rows to measured images: every distinct file once, unchanged ones not at all."""

from __future__ import annotations

import functools
import itertools
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from datatool.audit.images._cache import default_cache, load_cache, save_cache, sql_columns
from datatool.audit.images._engines import Engine
from datatool.audit.images._files import list_files
from datatool.audit.images._measure import COLUMNS, UNCHANGED, Known, measure_chunk, pixel_chunk
from datatool.audit.images._near import make_near_pairs
from datatool.progress import progress
from datatool.schemas import MAX_PIXELS
from datatool.storage import in_table

_LOG: Final = logging.getLogger("datatool.audit")
_INSERTED: Final = 32  # chunks per statement, whose fixed cost is that of a few images
_ROWS: Final = 8  # of tables with images inside, fewer, since what threads are at is held in memory
_CHUNK: Final = 64  # files: some 30 ms of work, little beside handing it over, often enough for the bar


@dataclass(frozen=True, kw_only=True)
class ScanCounts:
    """What a scan did: distinct files, and how many of them were read."""

    files: int
    read: int


def scan(
    connection: Any,
    /,
    *,
    engine: Engine,
    max_pixels: int = MAX_PIXELS,
    cache: Path | str | None = "auto",
) -> ScanCounts:
    """Measure every file that ``rows`` lists.

    Makes the table ``images`` (root, path, the measured columns and ``pixels``), the view ``placed`` (rows joined with
    their images), ``looks`` and ``near_looks``.

    Args:
        connection: Of `datatool.rows.Rows`.
        engine: Where the work is done.
        max_pixels: Images with more are refused from their header.
        cache: File of earlier measurements; ``auto`` is one per set of roots in the user's cache folder, None is none.
    """
    roots = list_files(connection)
    size = _ROWS if any(in_table(root) for root in roots) else _CHUNK
    file = default_cache(roots) if cache == "auto" else None if cache is None else Path(cache)
    _warn(load_cache(connection, file), f"the image cache {file} is not used")
    _create(connection)
    try:
        counts = _measure(connection, engine, max_pixels, size)
        _look_closer(connection, engine, max_pixels, size)
    finally:
        if file is not None:
            _warn(save_cache(connection, file), f"the image cache {file} is not written")
    return counts


def _create(connection: Any) -> None:
    connection.execute(f"CREATE OR REPLACE TABLE measured ({sql_columns()})")
    columns = ", ".join(f"m.{name}" for name in [*COLUMNS, "pixels"])
    connection.execute(
        f"CREATE OR REPLACE VIEW images AS SELECT f.root, f.path, {columns} "
        "FROM image_files f JOIN measured m USING (file)"
    )
    connection.execute(
        "CREATE OR REPLACE VIEW placed AS SELECT r.label, r.source, r.split, r.file AS list, r.line, i.* "
        "FROM rows r JOIN images i ON r.path = i.path AND r.root::VARCHAR = i.root"
    )


def _measure(connection: Any, engine: Engine, max_pixels: int, size: int) -> ScanCounts:
    [(total,)] = connection.execute("SELECT count(DISTINCT file) FROM image_files").fetchall()
    # What was refused, or would be, under another limit is measured anew.
    stands = "(k.code IS DISTINCT FROM 'E405') = (coalesce(k.width::BIGINT * k.height, 0) <= ?)"
    files = _stream(
        connection,
        "SELECT DISTINCT f.file, coalesce(k.size, -1), coalesce(k.mtime, -1) FROM image_files f "
        f"LEFT JOIN known k ON k.file = f.file AND {stands} ORDER BY f.file",
        [max_pixels],
    )
    task = functools.partial(measure_chunk, max_pixels=max_pixels)
    read = 0

    def insert() -> None:
        nonlocal read
        connection.execute(
            f"INSERT INTO measured BY NAME SELECT * FROM batch WHERE code IS DISTINCT FROM '{UNCHANGED}'"
        )
        connection.execute(
            "INSERT INTO measured BY NAME SELECT k.* FROM known k JOIN batch USING (file) "
            f"WHERE batch.code = '{UNCHANGED}'"
        )
        [(opened,)] = connection.execute(
            f"SELECT count(*) FROM batch WHERE code IS NULL OR code NOT IN ('{UNCHANGED}', 'E401')"
        ).fetchall()
        read += opened

    chunks = _chunks((Known(*row) for row in files), size)
    _run(connection, engine, task, chunks, total, "measuring images", insert)
    return ScanCounts(files=total, read=read)


def _look_closer(connection: Any, engine: Engine, max_pixels: int, size: int) -> None:
    """Near pairs, then the pixel hash of one file per content wherever two contents may have the same pixels.

    Those are files of one format with equal keys, and files of different formats, one of them perhaps a lossless copy
    of the other, with the same size and nearly the same look.
    """
    connection.execute(
        "CREATE OR REPLACE TABLE looks AS SELECT DISTINCT look, split AS side, 0 AS kind FROM placed "
        "WHERE look IS NOT NULL"
    )
    make_near_pairs(connection, "looks", "near_looks")
    connection.execute(
        "CREATE OR REPLACE TABLE contents AS SELECT content, min(file) AS file, any_value(key) AS key, "
        "any_value(look) AS look, any_value(format) AS side, any_value(width || 'x' || height) AS kind, "
        "bool_or(pixels IS NULL) AS open FROM measured WHERE key IS NOT NULL GROUP BY content"
    )
    make_near_pairs(connection, "(SELECT DISTINCT look, side, kind FROM contents WHERE look IS NOT NULL)", "copies")
    connection.execute(
        "CREATE OR REPLACE TABLE twins AS SELECT content, file FROM contents WHERE open AND ("
        "key IN (SELECT key FROM contents GROUP BY key HAVING count(*) > 1) "
        "OR (look, side) IN (SELECT (first, first_side) FROM copies) "
        "OR (look, side) IN (SELECT (second, second_side) FROM copies) "
        "OR (look, kind) IN (SELECT (look, kind) FROM contents GROUP BY look, kind HAVING count(DISTINCT side) > 1))"
    )
    [(total,)] = connection.execute("SELECT count(*) FROM twins").fetchall()
    files = (file for (file,) in _stream(connection, "SELECT file FROM twins ORDER BY file"))

    def insert() -> None:
        connection.execute(
            "UPDATE measured SET pixels = b.pixels FROM batch b JOIN twins t USING (file) "
            "WHERE measured.content = t.content"
        )

    task = functools.partial(pixel_chunk, max_pixels=max_pixels)
    _run(connection, engine, task, _chunks(files, size), total, "comparing pixels", insert)


def _run(
    connection: Any,
    engine: Engine,
    task: Callable[[Any], Any],
    chunks: Iterator[list[Any]],
    total: int,
    description: str,
    insert: Callable[[], None],
) -> None:
    """Run a task over chunks and hand the results, in larger batches named ``batch``, to ``insert``."""
    import pyarrow as pa

    pending: list[Any] = []

    def flush() -> None:
        if pending:
            connection.register("batch", pa.concat_tables(pending))
            insert()
            connection.unregister("batch")
            pending.clear()

    with progress(description, total=total, unit="images") as advance:
        try:
            for table in engine.map(task, chunks):
                pending.append(table)
                advance(table.num_rows)
                if len(pending) == _INSERTED:
                    flush()
        finally:
            flush()


def _chunks(files: Iterator[Any], size: int) -> Iterator[list[Any]]:
    return iter(lambda: list(itertools.islice(files, size)), [])


def _stream(connection: Any, query: str, values: Sequence[object] = ()) -> Iterator[tuple[Any, ...]]:
    """Rows of a query while the connection goes on working."""
    cursor = connection.cursor()
    try:
        cursor.execute(query, list(values))
        while rows := cursor.fetchmany(8 * _CHUNK):
            yield from rows
    finally:
        cursor.close()


def _warn(problem: str | None, what: str) -> None:
    if problem is not None:
        _LOG.warning("%s: %s", what, problem)
