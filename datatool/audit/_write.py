"""The folder of an audit: audit.json, findings.parquet and report.html."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from datatool.audit._context import Context
from datatool.audit.checks import CHECKS
from datatool.schemas import AuditDocument, ConfigError, Finding, atomic_folder

JSON: Final = "audit.json"
PARQUET: Final = "findings.parquet"
HTML: Final = "report.html"
# As the document has the findings; places of one finding by file and line, however many threads found them.
_IN_ORDER: Final = "SELECT * EXCLUDE rank FROM places ORDER BY rank, file, line, text, reason"


def check_target(folder: Path, /) -> None:
    """Refuse to replace what is not an earlier audit.

    Raises:
        ConfigError: If the folder exists, is not empty and holds no audit.
    """
    if folder.exists() and not (folder.is_dir() and ((folder / JSON).is_file() or not any(folder.iterdir()))):
        raise ConfigError(f"--out must be new, empty or an earlier audit; got '{folder}'", hint="name another folder")


def write_audit(context: Context, document: AuditDocument, folder: Path, /, *, page: str) -> None:
    """Write the folder, whole or not at all."""
    check_target(folder)
    with atomic_folder(folder) as work:
        (work / JSON).write_text(document.to_json(), "utf-8")
        _write_places(context, document.findings, work / PARQUET)
        (work / HTML).write_text(page, "utf-8")


def places(context: Context, findings: list[Finding], /) -> Any:
    """An Arrow table with a row per place of every finding, as `findings.parquet` has them."""
    _fill_places(context, findings)
    return context.rows.remarks.sql(_IN_ORDER).to_arrow_table()


def _write_places(context: Context, findings: list[Finding], path: Path) -> None:
    """One row per place of every finding, none left out: code, name, severity, file, line, text, reason."""
    _fill_places(context, findings)
    target = str(path).replace(chr(39), chr(39) * 2)
    context.rows.remarks.execute(f"COPY ({_IN_ORDER}) TO '{target}' (FORMAT parquet, COMPRESSION zstd)")


def _fill_places(context: Context, findings: list[Finding]) -> None:
    connection = context.rows.remarks
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE places (rank INTEGER, code VARCHAR, name VARCHAR, severity VARCHAR, "
        "file VARCHAR, line BIGINT, text VARCHAR, reason VARCHAR)"
    )
    for rank, finding in enumerate(findings):
        sql = CHECKS[finding.code].lines(context)
        if sql is None:
            connection.executemany("INSERT INTO places VALUES (?, ?, ?, ?, ?, ?, ?, ?)", _from_examples(finding, rank))
        else:
            _insert(context, finding, rank, sql)


def _insert(context: Context, finding: Finding, rank: int, sql: str) -> None:
    statement = (
        f"INSERT INTO places SELECT {rank}, '{finding.code}', '{finding.name}', '{finding.severity}', "
        f"file::VARCHAR, line, text, reason FROM ({sql}) WHERE reason IS NOT NULL"
    )
    if "$rows" not in sql:
        context.rows.remarks.execute(statement)
        return
    for _ in context.rows.scan(statement):
        pass


def _from_examples(finding: Finding, rank: int) -> list[tuple[Any, ...]]:
    head = (rank, finding.code, finding.name, finding.severity)
    if not finding.examples:
        return [(*head, "", None, "", finding.message)]
    return [(*head, one.file, one.line, one.text, one.reason or finding.message) for one in finding.examples]
