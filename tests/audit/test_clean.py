"""Rows that balance and train may use."""

from __future__ import annotations

from pathlib import Path

import pytest

from datatool.audit import require_clean
from datatool.errors import FindingsError
from datatool.rows import open_rows, resolve

FAULTY = "a.jpg 0\nb.jpg 1\na.jpg 2\nbad\nc.jpg cat\n../d.jpg 0\nb.jpg 1\n"


@pytest.fixture
def faulty(tmp_path: Path) -> str:
    path = tmp_path / "a.txt"
    path.write_text(FAULTY)
    return str(path)


def test_the_first_finding_that_stops_is_named_with_file_and_line(faulty: str) -> None:
    with open_rows(resolve(faulty)) as rows, pytest.raises(FindingsError) as raised:
        require_clean(rows)
    assert raised.value.exit_code == 1
    assert str(raised.value).startswith("rows must be free of E101 malformed-line; got 1 line without a path")
    assert f"({faulty}:4)" in str(raised.value)
    assert "--skip-faulty" in str(raised.value)


def test_skipping_leaves_out_lines_and_rows_and_counts_them(faulty: str) -> None:
    with open_rows(resolve(faulty)) as rows:
        assert require_clean(rows, skip_faulty=True) == (2 + 2 + 1, {"train": {1: {"real": 2}}})
        kept = rows.read().execute("SELECT path, label FROM rows ORDER BY line").fetchall()
    assert kept == [("b.jpg", 1), ("b.jpg", 1)]


def test_skipping_everything_is_an_error_still(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("bad\n")
    with open_rows(resolve(str(tmp_path / "a.txt"))) as rows, pytest.raises(FindingsError, match="E105"):
        require_clean(rows, skip_faulty=True)


def test_warnings_stop_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a.jpg 3\na.jpg 3\nb.jpg 7 9\n\n")
    with open_rows(resolve(str(tmp_path / "a.txt"))) as rows:
        assert require_clean(rows) == (0, {"train": {3: {"real": 2}, 9: {"real": 1}}})
        assert not rows.is_read


def test_paths_outside_the_root_can_be_accepted(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("/abs/a.jpg 0\n")
    with open_rows(resolve(str(tmp_path / "a.txt"))) as rows:
        with pytest.raises(FindingsError, match="E108"):
            require_clean(rows)
        assert require_clean(rows, allow_outside_root=True).left_out == 0
