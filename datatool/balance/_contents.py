"""Digests of a plan's pictures, where they are known: beside its index, and one over all in `plan.json`."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Final

from datatool.rows import Rows

_TABLE: Final = "plan_contents"


def write_plan_contents(rows: Rows, folder: Path, /, *, split: str, out: Path, was_read: bool) -> str | None:
    """Write `contents.parquet` of the rows of a split.

    Args:
        rows: What was balanced.
        folder: Where the file is written; nothing is, where no digest is known.
        split: The split that the plan is made of.
        out: Where the folder will stand.
        was_read: Whether images were read just now; else digests are those that lie beside the data set.

    Returns:
        BLAKE2b over class, source and content of all rows, sorted: equal for the same pictures with the same labels,
        wherever they lie. None where a row's content is not known.
    """
    from datatool.audit.images import contents_file, load_contents, write_contents

    file = contents_file(rows)
    if file is None and not was_read:
        return None
    connection = rows.read()
    if was_read:
        known = "SELECT path, root, content, pixels, look FROM images"
        joined = "i.path = r.path AND i.root = r.root"
    else:
        load_contents(connection, file, "kept")
        known = (
            "SELECT place, any_value(content) AS content, any_value(pixels) AS pixels, any_value(look) AS look "
            "FROM kept WHERE NOT left_out GROUP BY place"
        )
        joined = "i.place = r.place"
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {_TABLE} AS SELECT r.path, r.root, r.split, i.content, i.pixels, i.look, "  # noqa: S608 - ours
        f"false AS left_out, r.label, r.source FROM (SELECT path, root::VARCHAR AS root, split::VARCHAR AS split, "
        f"label, source::VARCHAR AS source, {rows.place} AS place FROM rows WHERE split::VARCHAR = ?) r "
        f"LEFT JOIN ({known}) i ON {joined}",
        [split],
    )
    [(count, with_content)] = connection.execute(f"SELECT count(*), count(content) FROM {_TABLE}").fetchall()  # noqa: S608 - ours
    if with_content:
        columns = "path, root, split, content, pixels, look, left_out"
        write_contents(connection, f"(SELECT DISTINCT {columns} FROM {_TABLE})", folder, out=out)  # noqa: S608 - ours
    return _digest(connection) if with_content == count else None


def _digest(connection: Any) -> str:
    digest = hashlib.blake2b(digest_size=32)
    found = connection.execute(
        f"SELECT label::VARCHAR || chr(0) || source || chr(0) || content FROM {_TABLE} ORDER BY 1"  # noqa: S608 - ours
    )
    while some := found.fetchmany(100_000):
        digest.update("\n".join(line for (line,) in some).encode() + b"\n")
    return digest.hexdigest()
