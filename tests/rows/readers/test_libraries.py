"""Tables written by the libraries that write them in real life, read row by row."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.feather
import pyarrow.parquet as pq
import pytest

from datatool.rows import open_rows, resolve

Read = Callable[..., list[tuple[Any, ...]]]
PATHS = ["a.jpg", "b c.jpg", "d,e.jpg", "sub/\u00e9.jpg", 'quote".jpg', "0007.jpg"]
NAMES = ["cat", "golden retriever", "T-shirt/top", "cat", "caf\u00e9", "dog, small"]
SOURCES = ["real", "render", "", "synthetic", "real", "real"]
SPLITS = ["train", "Validation", "test", "train", "training", "dev"]
MEANT = ["train", "val", "test", "train", "train", "val"]
IDS = {name: place for place, name in enumerate(sorted(set(NAMES)))}
COLUMNS = {"image_id": PATHS, "Class": NAMES, "source": SOURCES, "split": SPLITS, "width": [1, 2, 3, 4, 5, 6]}
EXPECTED = [
    (path, IDS[name], source or "real", split)
    for path, name, source, split in zip(PATHS, NAMES, SOURCES, MEANT, strict=True)
]


def _pandas(path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(COLUMNS)
    writers = {
        ".csv": lambda: frame.to_csv(path, index=False),
        ".tsv": lambda: frame.to_csv(path, index=False, sep="\t"),
        ".jsonl": lambda: frame.to_json(path, orient="records", lines=True),
        ".parquet": lambda: frame.to_parquet(path),
        ".feather": lambda: frame.to_feather(path),
    }
    writers[path.suffix]()


def _polars(path: Path) -> None:
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame(COLUMNS)
    writers = {
        ".csv": lambda: frame.write_csv(path),
        ".tsv": lambda: frame.write_csv(path, separator="\t"),
        ".jsonl": lambda: frame.write_ndjson(path),
        ".parquet": lambda: frame.write_parquet(path),
        ".feather": lambda: frame.write_ipc(path, compression="zstd"),
        ".arrow": lambda: frame.write_ipc_stream(path),
    }
    writers[path.suffix]()


def _pyarrow(path: Path) -> None:
    table = pa.table(COLUMNS)
    if path.suffix == ".csv":
        pyarrow.csv.write_csv(table, path)
    elif path.suffix == ".parquet":
        pq.write_table(table, path, row_group_size=2)
    elif path.suffix == ".feather":
        pyarrow.feather.write_feather(table, path)
    else:
        with pa.ipc.new_stream(path, table.schema) as writer:
            writer.write_table(table, max_chunksize=2)


def _datasets(path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    made = datasets.Dataset.from_dict(COLUMNS)
    {".csv": made.to_csv, ".jsonl": made.to_json, ".parquet": made.to_parquet}[path.suffix](str(path))


CASES = [
    *((_pandas, suffix) for suffix in (".csv", ".tsv", ".jsonl", ".parquet", ".feather")),
    *((_polars, suffix) for suffix in (".csv", ".tsv", ".jsonl", ".parquet", ".feather", ".arrow")),
    *((_pyarrow, suffix) for suffix in (".csv", ".parquet", ".feather", ".arrow")),
    *((_datasets, suffix) for suffix in (".csv", ".jsonl", ".parquet")),
]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("write", "suffix"), CASES, ids=lambda case: getattr(case, "__name__", case))
def test_a_table_that_a_library_wrote_is_read_row_by_row(
    tmp_path: Path, read: Read, write: Callable[[Path], None], suffix: str
) -> None:
    path = tmp_path / f"table{suffix}"
    write(path)
    found = read(path, "path, label, source, split::VARCHAR, line")
    is_text = suffix in (".csv", ".tsv")
    assert [row[:4] for row in found] == EXPECTED
    assert [row[4] for row in found] == [line + is_text for line in range(1, 7)]
    with open_rows(resolve(str(path))) as rows:
        assert rows.names == {label: name for name, label in IDS.items()}
        assert rows.stated[0].startswith("ids from the sorted class names: 0 T-shirt/top, 1 caf\u00e9, 2 cat")
        assert "image_id as path, Class as label, source as source, split as split" in rows.stated[1]


def test_a_csv_of_excel_is_read_with_its_mark_semicolons_and_quotes(tmp_path: Path, read: Read) -> None:
    path = tmp_path / "excel.csv"
    text = (
        'Dateiname;Kategorie;Bemerkung\r\na.jpg;Hund;\r\n"b;c.jpg";"Katze ""klein""";"zwei\r\nZeilen"\r\n'
        "d.jpg;Hund;\u00fc\r\n"
    )
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    found = read(path, columns={"path": "Dateiname", "label": "Kategorie"})
    assert [(row[0], row[1], row[4]) for row in found] == [("a.jpg", 0, 2), ("b;c.jpg", 1, 3), ("d.jpg", 0, 5)]


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet", ".feather"])
def test_ids_that_pandas_made_decimals_are_read_as_ids_and_told(tmp_path: Path, read: Read, suffix: str) -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"path": ["a", "b", "c"], "label": [3.0, float("nan"), 0.0]})
    path = tmp_path / f"table{suffix}"
    written: dict[str, Callable[[], object]] = {
        ".csv": lambda: frame.to_csv(path, index=False),
        ".jsonl": lambda: path.write_text(
            '{"path": "a", "label": 3.0}\n{"path": "b", "label": null}\n{"path": "c", "label": 0.0}\n'
        ),
        ".parquet": lambda: frame.to_parquet(path),
        ".feather": lambda: frame.to_feather(path),
    }
    written[suffix]()
    assert [row[:2] for row in read(path)] == [("a", 3), ("c", 0)]
    with open_rows(resolve(str(path))) as rows:
        noted = rows.read().execute("SELECT code, reason, text, count FROM notes").fetchall()
        faults = rows.read().execute("SELECT code, reason FROM faults").fetchall()
    assert noted == [("I109", "labels written as decimals, read as ids", "3.0", 2)]
    assert faults == [("E101", "no label in its column")]
