"""A repaired data set as a new folder: lists, names and dataset.yaml, all or nothing."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from datatool.audit.repair._columns import fits_csv_sql, has_kept_sql, kept_joins, kept_values
from datatool.rows import Rows, names_text, require_conserved
from datatool.schemas import EVAL_SPLITS, REAL, TRAIN, ConfigError, DatasetFile, atomic_folder, relative_root

DATASET: Final = "dataset.yaml"
NAMES: Final = "label_list.txt"
_BATCH: Final = 100_000  # lines
# What a path must be for `path label` to read back as it was; anything else goes into Parquet.
_SPACED: Final = r"""[^\s,"\x00-\x1f\x7f\x{feff}]+"""
_TABBED: Final = r"""[^\s,"\x00-\x1f\x7f\x{feff}]([^\x00-\x1f\x7f,"]*[^\s,"\x00-\x1f\x7f])?"""


class _Part(NamedTuple):
    split: str
    root: str
    source: str
    spaced: bool
    tabbed: bool
    has_columns: bool
    fits_csv: bool


@contextlib.contextmanager
def new_folder(out: Path, /) -> Iterator[Path]:
    """A temporary folder that becomes ``out`` at the end.

    Raises:
        ConfigError: If ``out`` exists and is not an empty folder.
    """
    if out.exists() and not (out.is_dir() and not any(out.iterdir())):
        raise ConfigError(f"-o must be a new folder; got '{out}', which exists", hint="name another folder")
    with atomic_folder(out) as work:
        yield work


def write_dataset(
    rows: Rows,
    work: Path,
    /,
    *,
    out: Path,
    new_names: Mapping[int, str] | None = None,
    left_out: int = 0,
) -> dict[str, int]:
    """Write the table ``repaired`` (path, label, source, split, root, file, line).

    Rows keep their order; every (split, root, source) is a list of its own, so that roots and sources survive. It is a
    table where its rows have values in columns that `Rows.keep` loaded.

    Args:
        rows: The data set; the table lies beside its own.
        work: Folder to write into.
        out: Where the folder will stand; roots are written relative to it where they lie beside it.
        new_names: Class names by id where ids are others; else the data set's own. Names that were merely found beside
            a list lie beside the lists here too, and count for no class.
        left_out: Rows and lines that are named elsewhere.

    Returns:
        Rows per split.

    Raises:
        RuntimeError: If rows were lost or doubled.
    """
    connection = rows.read()
    parts = [_Part(*row) for row in connection.execute(_parts_sql(rows)).fetchall()]
    names = rows.names if new_names is None else new_names
    are_given = new_names is not None or rows.dataset.found_names is None
    told: dict[str, Any] = {"schema": "datatool.dataset/1", "names": NAMES if names is not None and are_given else None}
    written: dict[str, int] = {}
    for split in (TRAIN, *EVAL_SPLITS):
        inside = [part for part in parts if part.split == split]
        told[split] = []
        for number, part in enumerate(inside, 1):
            entry, lines = _write_part(rows, work, part, number, out)
            told[split].append(entry)
            written[split] = written.get(split, 0) + lines
    require_conserved(read=rows.num_lines, written=sum(written.values()), left_out=left_out)
    if names is not None:
        (work / NAMES).write_text(names_text(names), "utf-8")
    import yaml

    DatasetFile.parse(told)
    (work / DATASET).write_text(yaml.safe_dump(told, sort_keys=False, allow_unicode=True), "utf-8")
    return dict(sorted(written.items()))


def repaired_class_num(rows: Rows, /) -> int:
    """How many outputs a model of the table ``repaired`` needs."""
    [(span,)] = rows.read().execute("SELECT (min(label), max(label)) FROM repaired").fetchall()
    return rows.class_num(*span)


def _parts_sql(rows: Rows) -> str:
    return (
        "SELECT split::VARCHAR, root::VARCHAR, source::VARCHAR, "
        f"bool_and(regexp_full_match(path, '{_SPACED}')), bool_and(regexp_full_match(path, '{_TABBED}')), "
        f"{has_kept_sql(rows)}, {fits_csv_sql(rows)} "
        f"FROM repaired r{kept_joins(rows)} GROUP BY ALL ORDER BY min((r.file, r.line))"
    )


def _write_part(rows: Rows, work: Path, part: _Part, number: int, out: Path) -> tuple[dict[str, str], int]:
    """Write one list or table; gives its entry in the dataset file and its number of lines."""
    stem = part.split if number == 1 else f"{part.split}-{number}"
    where = "WHERE split::VARCHAR = ? AND root::VARCHAR = ? AND source::VARCHAR = ? ORDER BY r.file, r.line"
    values = [part.split, part.root, part.source]
    if part.tabbed and not part.has_columns:
        name, kind = f"{stem}.txt", "list"
        separator = " " if part.spaced else "\t"
        lines = _write_list(rows.read(), work / name, f"FROM repaired r {where}", values, separator=separator)
    else:
        kind = "csv" if part.tabbed and part.fits_csv else "parquet"
        name = f"{stem}.{kind}"
        columns, joins = (kept_values(rows), kept_joins(rows)) if part.has_columns else ("", "")
        select = f"SELECT path, label{columns} FROM repaired r{joins} {where}"
        lines = _write_table(rows.read(), work / name, select, values, kind=kind)
    told = {kind: name, "root": relative_root(part.root, out)}
    return told if part.source == REAL else told | {"source": part.source}, lines


def _write_table(connection: Any, file: Path, select: str, values: list[str], *, kind: str) -> int:
    target = str(file).replace("'", "''")
    form = "FORMAT csv, HEADER" if kind == "csv" else "FORMAT parquet"
    [(lines,)] = connection.execute(f"COPY ({select}) TO '{target}' ({form})", values).fetchall()
    return int(lines)


def _write_list(connection: Any, file: Path, where: str, values: list[str], *, separator: str) -> int:
    result = connection.execute(f"SELECT path || '{separator}' || label {where}", values)
    written = 0
    with file.open("w", encoding="utf-8", newline="\n") as stream:
        while lines := result.fetchmany(_BATCH):
            stream.writelines(f"{line}\n" for (line,) in lines)
            written += len(lines)
    return written
