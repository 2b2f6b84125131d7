"""A data set without the rows that findings name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from datatool.audit._audit import open_context
from datatool.audit._check import Check
from datatool.audit._context import Context
from datatool.audit._options import AuditOptions
from datatool.audit.checks import CHECKS, check_named
from datatool.audit.images import open_engine
from datatool.audit.repair._columns import columns_left
from datatool.audit.repair._contents import carry_contents
from datatool.audit.repair._decisions import settle
from datatool.audit.repair._faultless import require_no_faults
from datatool.audit.repair._write import new_folder, repaired_class_num, write_dataset
from datatool.rows import Rows, tsv_line
from datatool.schemas import AppliedDecisions, ConfigError, Decision, FindingsError, RepairDocument, sole_writer

REJECTED: Final = "rejected.tsv"
DECISION: Final = "decision"  # in place of a code


def clean(
    rows: Rows,
    /,
    *,
    drop: Sequence[str],
    out: Path,
    options: AuditOptions,
    decisions: Sequence[Decision] | None = None,
) -> RepairDocument:
    """Write the data set without the rows of some codes, and ``rejected.tsv`` with what was left out.

    Every code is judged on the data set as it is; a row with several codes is listed under the first.

    Args:
        rows: The data set; its tables are changed.
        drop: Codes of findings that name rows.
        out: The new folder.
        options: Of the audit; images are read where a code needs them.
        decisions: Of people; those that say drop are carried out, before any code.

    Raises:
        ConfigError: If a code is unknown or names no rows, or ``out`` exists.
        FindingsError: If a line gives no row and its code is not dropped, or no row is left.
    """
    checks = [_droppable(code) for code in dict.fromkeys(drop)]
    with sole_writer(out):
        require_no_faults(rows, but=frozenset(drop))
        context = open_context(rows, options=options)
        connection = rows.read()
        connection.execute("CREATE OR REPLACE TABLE rejected (file VARCHAR, line BIGINT, code VARCHAR, text VARCHAR)")
        told = None if decisions is None else _reject_decided(rows, decisions, options)
        for check in checks:
            _reject(context, check)
        connection.execute(
            "CREATE OR REPLACE TABLE repaired AS SELECT * FROM rows "
            "WHERE (file::VARCHAR, line) NOT IN (SELECT (file, line) FROM rejected)"
        )
        _require_rows(connection)
        with new_folder(out) as work:
            left_out = _write_rejected(connection, work / REJECTED)
            splits = write_dataset(rows, work, out=out, left_out=left_out)
            carry_contents(rows, work, out=out)
        counts = connection.execute("SELECT code, count(*) FROM rejected GROUP BY ALL ORDER BY 1").fetchall()
        return RepairDocument(
            command="clean",
            out=str(out),
            rows=sum(splits.values()),
            rejected=dict(counts),
            splits=splits,
            class_num=repaired_class_num(rows),
            decisions=told,
            notes=columns_left(rows),
        )


def needs_images(codes: Sequence[str], /) -> bool:
    """Whether some of the codes are only found by reading images."""
    return any(CHECKS[code].needs_images for code in codes if code in CHECKS)


def _droppable(code: str) -> Check:
    check = check_named(code, option="--drop")
    if check.needs_suspects:
        raise ConfigError(
            f"--drop must name a code whose rows may go unseen; got {code}, {check.when}",
            hint="look at them in review.html, and give the decisions with --decisions FILE",
        )
    if not check.names_lines:
        raise ConfigError(f"--drop must name a code that stands for rows; got {code}, {check.when}")
    return check


def _reject_decided(rows: Rows, decisions: Sequence[Decision], options: AuditOptions) -> AppliedDecisions:
    settled = settle(rows, decisions, action="drop", engine=open_engine(options.engine), cache=options.image_cache)
    connection = rows.read()
    for file, line in settled.places:
        connection.execute(
            "INSERT INTO rejected SELECT file::VARCHAR, line, ?, path || ' ' || label FROM rows "
            "WHERE file::VARCHAR = ? AND line = ?",
            [DECISION, file, line],
        )
    return settled.told


def _reject(context: Context, check: Check) -> None:
    sql = check.lines(context)
    if sql is not None:
        context.rows.read().execute(
            f"INSERT INTO rejected SELECT DISTINCT file::VARCHAR, line, '{check.code}', text "
            f"FROM ({sql.replace('$rows', 'rows')}) WHERE drop "
            "AND (file::VARCHAR, line) NOT IN (SELECT (file, line) FROM rejected)"
        )


def _require_rows(connection: Any) -> None:
    [(left,)] = connection.execute("SELECT count(*) FROM repaired").fetchall()
    if not left:
        raise FindingsError("a cleaned data set must have a row; got none that is free of these findings")


def _write_rejected(connection: Any, file: Path) -> int:
    """Write what was left out; gives its number of lines."""
    lines = 0
    found = connection.execute("SELECT file, line, code, text FROM rejected ORDER BY file, line")
    with file.open("w", encoding="utf-8", newline="\n") as stream:
        stream.write("file\tline\tcode\ttext\n")
        while batch := found.fetchmany(100_000):
            stream.writelines(map(tsv_line, batch))
            lines += len(batch)
    return lines
