"""What is written reads back, or is refused."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datatool.errors import DatasetError
from datatool.rows import list_line, names_text, open_rows, resolve, tsv_line
from datatool.rows.names._file import read_names

TEXT = st.text(st.characters() | st.sampled_from(list(' \t\r\n\0",\\\u2028\x85\ufeff')), max_size=12)
PATHS = st.builds(lambda text: f"{text}.jpg", TEXT) | TEXT


@given(path=PATHS, label=st.integers(0, 2**31 - 1))
def test_a_path_reads_back_or_is_refused(path: str, label: int) -> None:
    try:
        line = list_line(path, label)
    except DatasetError:
        return
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "l.txt"
        file.write_bytes(line.encode())
        with open_rows(resolve(str(file))) as rows:
            found = rows.read().execute("SELECT path, label FROM rows").fetchall()

    assert found == [(path, label)]


@pytest.mark.parametrize("path", ["a b.jpg", "图/ü.jpg", "a,b.jpg", 'x"y.jpg', "a\u2028.jpg"])
def test_ordinary_paths_are_written(path: str) -> None:
    assert list_line(path, 0) == f"{path} 0\n"


@pytest.mark.parametrize("path", ["a.jpg 0\nevil.jpg", "a\0.jpg", "a\r.jpg", " a.jpg", '"a.jpg"', "\ud800.jpg", ""])
def test_a_path_that_would_be_another_row_is_refused(path: str) -> None:
    with pytest.raises(DatasetError, match="a path in a list must hold no line end") as caught:
        list_line(path, 0)

    assert str(caught.value).isprintable()


@given(names=st.dictionaries(st.integers(0, 2**31 - 1), TEXT | st.builds(lambda text: f'"{text}"', TEXT), max_size=4))
def test_every_name_reads_back(names: dict[int, str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "names.txt"
        file.write_text(names_text(names), "utf-8")

        assert read_names(file) == names


def test_a_quoted_name_of_other_programs_keeps_its_quotes(tmp_path: Path) -> None:
    (tmp_path / "n.txt").write_text('0 "cat"\n1 "a\\nb"\n')

    assert read_names(tmp_path / "n.txt") == {0: '"cat"', 1: "a\nb"}


def test_a_cell_stays_a_cell() -> None:
    assert tsv_line(["a\tb\n", "c\\", 3]) == "a\\tb\\n\tc\\\\\t3\n"
