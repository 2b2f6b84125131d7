"""Tables with pictures inside, in ways that are read in place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

PLAIN: dict[str, Any] = {"compression": "none", "use_dictionary": False}


def images_table(files: Mapping[str, bytes], *, is_struct: bool = True) -> pa.Table:
    """Pictures with their names, or alone, and the classes that their names begin with, as `c1/...` does."""
    if is_struct:
        rows = [{"bytes": data, "path": name} for name, data in files.items()]
        column = pa.array(rows, pa.struct([("bytes", pa.binary()), ("path", pa.string())]))
    else:
        column = pa.array(list(files.values()), pa.large_binary())
    return pa.table({"image": column, "label": pa.array([int(name[1]) for name in files], pa.int64())})


def write_stream(path: Path, table: pa.Table) -> Path:
    """As Hugging Face saves data sets."""
    with pa.ipc.new_stream(path, table.schema) as writer:
        writer.write_table(table, max_chunksize=7)
    return path


def write_feather(path: Path, table: pa.Table) -> Path:
    """An Arrow file, not compressed."""
    with pa.ipc.new_file(path, table.schema) as writer:
        writer.write_table(table, max_chunksize=7)
    return path


def write_plain(path: Path, table: pa.Table, **options: Any) -> Path:
    """Parquet with plain pages in several row groups."""
    pq.write_table(table, path, row_group_size=6, **{**PLAIN, **options})
    return path


WRITERS: dict[str, Callable[[Path, pa.Table], Path]] = {
    "arrow": write_stream,
    "feather": write_feather,
    "parquet": write_plain,
}
