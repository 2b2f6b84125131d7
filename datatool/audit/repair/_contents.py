"""Digests that lie beside a data set go with its copies."""

from __future__ import annotations

from pathlib import Path

from datatool.audit.images import contents_file, load_contents, write_contents
from datatool.rows import Rows


def carry_contents(rows: Rows, work: Path, /, *, out: Path) -> None:
    """Write the contents file of a data set into its repaired copy, if it has one.

    Rows that the copy leaves out are remembered as rows that left.
    """
    file = contents_file(rows)
    if file is None:
        return
    connection = rows.read()
    load_contents(connection, file, "carried")
    connection.execute(f"CREATE OR REPLACE TEMP TABLE still AS SELECT DISTINCT {rows.place} AS place FROM repaired")
    write_contents(
        connection,
        "(SELECT * REPLACE (left_out OR place NOT IN (SELECT place FROM still) AS left_out) FROM carried)",
        work,
        out=out,
    )
