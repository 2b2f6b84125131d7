"""One table in every format that tables are read from."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

FORMATS = (".csv", ".tsv", ".jsonl", ".arrow", ".feather", ".parquet")


def write_table(path: Path, columns: Mapping[str, Sequence[Any]], /) -> Path:
    """Write a table in the format that the path's ending names; None is a missing value."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = list(zip(*columns.values(), strict=True))
    if path.suffix in (".csv", ".tsv"):
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, delimiter="," if path.suffix == ".csv" else "\t")
            writer.writerow(columns)
            writer.writerows(rows)
    elif path.suffix == ".jsonl":
        lines = (json.dumps(dict(zip(columns, row, strict=True)), ensure_ascii=False) for row in rows)
        path.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    elif path.suffix == ".parquet":
        pq.write_table(pa.table(dict(columns)), path, row_group_size=3)
    else:
        table = pa.table(dict(columns))
        make = pa.ipc.new_stream if path.suffix == ".arrow" else pa.ipc.new_file
        with make(path, table.schema) as writer:
            writer.write_table(table, max_chunksize=3)
    return path
