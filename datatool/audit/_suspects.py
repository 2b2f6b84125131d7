"""`suspects.parquet` beside the rows of an audit."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from datatool.audit._context import Context
from datatool.schemas import ConfigError

TABLE: Final = "suspects.parquet"
_COLUMNS: Final = {"path", "line", "class", "kind", "code", "score", "suggested", "other", "mirrored"}


def check_suspects(folder: Path, /) -> None:
    """Refuse what is no folder of `datatool suspects`.

    Raises:
        ConfigError: Naming what is missing.
    """
    file = folder / TABLE
    if not file.is_file():
        raise ConfigError(f"--suspects must be a folder that datatool suspects wrote; got '{folder}', without {TABLE}")
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        missing = _COLUMNS.difference(pq.read_schema(file).names)
    except (pa.ArrowInvalid, OSError) as error:
        raise ConfigError(f"--suspects must hold a readable {TABLE}; got '{error}'", file=file) from None
    if missing:
        raise ConfigError(f"--suspects must hold a whole {TABLE}; got one without {', '.join(sorted(missing))}")


def suspect_lines(context: Context, code: str, /) -> str | None:
    """A query for rows with a code that are still listed, under the same class, as `Lines` has it."""
    folder = context.options.suspects
    if folder is None:
        return None
    file = str(folder / TABLE).replace("'", "''")
    said = (
        "CASE WHEN s.other IS NOT NULL THEN 'nearly ' || CASE WHEN s.mirrored THEN 'the mirror image of ' ELSE '' END "
        "|| s.other || ', ' ELSE '' END || CASE WHEN s.suggested IS NOT NULL THEN 'class ' || s.suggested || "
        "' fits better, ' ELSE '' END || 'score ' || printf('%.3f', s.score)"
    )
    return (
        f"SELECT r.file, r.line, r.path || ' ' || r.label AS text, {said} AS reason, false AS drop FROM $rows r "
        f"JOIN (SELECT * FROM read_parquet('{file}') WHERE code = '{code}') s "
        "ON r.path = s.path AND r.line = s.line AND r.label = s.class"
    )
