"""Rows in batches, as they were read, beside the same rows out of the table."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from datatool.rows import Rows, open_rows, resolve
from datatool.rows.text._bytes import line_blocks

Write = Callable[[str, str | bytes], Path]

COLUMNS = ("path", "label", "source", "split", "root", "file", "line")
TOLD = {"key": "hash(path)", "digits": "length(path)"}
ROWS = 60_000  # several blocks of text, and several batches of DuckDB's
FILLED = (
    "SELECT path, label, enum_code(source), enum_code(split), enum_code(root), enum_code(file), line, hash(path), "
    "length(path) FROM rows ORDER BY file, line"
)


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    assert line_blocks.__kwdefaults__ is not None
    monkeypatch.setitem(line_blocks.__kwdefaults__, "size", 1 << 16)


def _lines(separator: str = " ", more: str = "", *, odd: bool = False) -> str:
    """Rows of 50 classes; odd lines are looked at one by one, and come behind the others of their block."""
    return "".join(
        f"{'synth/' if number % 3 == 0 else ''}{number} x.jpg{separator}{number % 50}{more and f'{separator}{more}'}\n"
        if odd and number % 11 == 0
        else f"{'synth/' if number % 3 == 0 else ''}{number}.jpg{separator}{number % 50}"
        f"{more and f'{separator}{more}{number % 2}'}\n"
        for number in range(ROWS)
    )


def _passed(rows: Rows, **options: Any) -> Iterator[tuple[Any, ...]]:
    for batches in rows.batches(COLUMNS, **{"size": 5_000, "told": TOLD, **options}):
        for batch in batches:
            yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def _check(dataset: str | None, **options: Any) -> None:
    """Each row is the table's, with what was told of this very row."""
    with open_rows(resolve(dataset, **options)) as rows:
        passed = [*_passed(rows)]
        named = [batch.schema.names for batches in rows.batches(COLUMNS, told=TOLD, size=10) for batch in batches]
        assert passed
        assert sorted(passed, key=lambda row: (row[5], row[6])) == rows.read().execute(FILLED).fetchall()
        assert [*_passed(rows)] == rows.read().execute(FILLED.partition(" ORDER")[0]).fetchall()
        assert {*map(tuple, named)} == {(*COLUMNS, *TOLD)}


def test_rows_of_a_list(write: Write) -> None:
    _check(str(write("a.txt", _lines())))


def test_rows_whose_source_is_told_by_their_paths(write: Write) -> None:
    _check(str(write("a.txt", _lines(odd=True))), synthetic=["*synth/*"])


def test_rows_of_several_lists(write: Write) -> None:
    _check(str(write("a.txt", _lines(odd=True))), splits={"val": str(write("b.txt", "v.jpg 3\nw.jpg 4\n"))})


def test_rows_of_a_table_with_sources(write: Write) -> None:
    _check(str(write("a.csv", f"path,label,source\n{_lines(',', 'gen')}")))


def test_rows_of_chosen_classes(write: Write) -> None:
    write("a.txt", _lines())
    _check(str(write("d.yaml", "train:\n- list: a.txt\nselect: [1, 7]\n")))


def test_rows_of_several_containers(tmp_path: Path) -> None:
    for number in range(3):
        with zipfile.ZipFile(tmp_path / f"{number}.zip", "w") as archive:
            for name in ("cat", "dog"):
                archive.writestr(f"{name}/{number}.jpg", b"picture")
    _check(str(tmp_path / "*.zip"))


def test_what_was_read_needs_no_query(write: Write) -> None:
    """Nothing is told, and nothing differs from row to row but what was read."""
    with open_rows(resolve(str(write("a.txt", _lines())))) as rows:
        found = [row for batches in rows.batches(("line", "split"), size=10) for batch in batches for row in [batch]]
        assert sum(batch.num_rows for batch in found) == ROWS
        assert {*found[0].column("split").to_pylist()} == {0}
        assert rows.files[0].rows == ROWS
