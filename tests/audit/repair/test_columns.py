"""Further columns of tables: kept where they are asked for, named where they are not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import datatool
from datatool.errors import DatasetError
from datatool.rows import open_rows, resolve
from tests.helpers.program import Cli
from tests.helpers.read_back import read_images
from tests.helpers.tables import FORMATS, write_table

PATHS = [f"{name} {name}.jpg" for name in "abcdefgh"]
TABLE: dict[str, list[Any]] = {
    "path": PATHS,
    "label": ["cat", "dog"] * 4,
    "Patient": [f"p{at // 2}" for at in range(8)],
    "note": ['one, "two"', None, "zwölf", ";", "'", "0", "x y", "null"],
    "source": ["synthetic", *["real"] * 7],
}


def _cells(dataset: Path, column: str) -> dict[str, str]:
    """Path -> cell, of the cells that are not empty."""
    with open_rows(resolve(str(dataset))) as rows:
        rows.keep([column])
        found: list[tuple[str, str]] = (
            rows.read()
            .execute("SELECT path, value FROM rows r JOIN kept_0 k ON r.file::VARCHAR = k.file AND r.line = k.line")
            .fetchall()
        )
        return dict(found)


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_kept_column_goes_with_its_rows_through_every_repair(tmp_path: Path, suffix: str) -> None:
    table = write_table(tmp_path / f"t{suffix}", TABLE)
    notes = {path: note for path, note in zip(PATHS, TABLE["note"], strict=True) if note is not None}
    data = datatool.read(table)
    data.relabel(keep_column=["NOTE", "patient"], out=tmp_path / "a")
    datatool.read(tmp_path / "a").clean(drop="W302", keep_column="note", group_column="patient", out=tmp_path / "b")
    datatool.read(tmp_path / "b").split(
        val=0.3, images=False, keep_column="note", group_column="patient", out=tmp_path / "c"
    )
    for made in ("a", "b", "c"):
        assert _cells(tmp_path / made, "note") == notes
        assert _cells(tmp_path / made, "patient") == dict(zip(PATHS, TABLE["Patient"], strict=True))
    assert {image[:2] for image in read_images(tmp_path / "c")} == {image[:2] for image in read_images(table)}


def test_groups_of_a_split_can_be_checked_by_the_column_that_made_them(tmp_path: Path, cli: Cli) -> None:
    table = write_table(tmp_path / "t.csv", TABLE)
    made = ("split", table, "--val", "0.4", "--no-images", "--group-column", "patient", "-o", tmp_path / "out")
    assert cli(*made).code == 0
    again = cli("audit", tmp_path / "out", "--group-column", "patient")
    assert "E506" not in again.out
    assert "groups: 4, of 8 rows" in again.err


def test_values_that_a_line_cannot_hold_are_kept_in_parquet(tmp_path: Path) -> None:
    table = write_table(tmp_path / "t.parquet", {"path": ["a.jpg"], "label": [0], "a;b": ["two\nlines"]})
    datatool.read(table).relabel(keep_column=["a;b"], out=tmp_path / "out")
    assert (tmp_path / "out" / "train.parquet").exists()
    assert _cells(tmp_path / "out", "a;b") == {"a.jpg": "two\nlines"}


def test_rows_without_a_value_stay_list_text(tmp_path: Path) -> None:
    table = write_table(tmp_path / "t.csv", {"path": ["a.jpg", "b.jpg"], "label": [0, 1], "note": [None, None]})
    datatool.read(table).relabel(keep_column="note", out=tmp_path / "out")
    assert (tmp_path / "out" / "train.txt").read_text() == "a.jpg 0\nb.jpg 1\n"


@pytest.mark.parametrize("command", ["relabel", "clean", "split"])
def test_columns_that_are_left_out_are_named(tmp_path: Path, cli: Cli, command: str) -> None:
    table = write_table(tmp_path / "t.csv", TABLE)
    more = {"relabel": (), "clean": ("--drop", "W302"), "split": ("--val", "0.4", "--no-images")}[command]
    done = cli(command, table, *more, "-o", tmp_path / "out")
    assert "left out 2 columns: Patient, note; --keep-column NAME keeps one" in done.out
    kept = cli(command, table, *more, "-o", tmp_path / "kept", "--keep-column", "note", "--keep-column", "patient")
    assert (kept.code, "left out 2" in kept.out) == (0, False)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("label", "must be none of path, label, source and split; got 'label'"),
        ("size", "must have one 'size'; got 'path, label, Patient, note, source'"),
    ],
)
def test_a_column_that_cannot_be_kept_is_refused(tmp_path: Path, name: str, said: str) -> None:
    table = write_table(tmp_path / "t.csv", TABLE)
    with pytest.raises(DatasetError, match=said):
        datatool.read(table).relabel(keep_column=[name], out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_classes_without_a_row_are_named_where_ids_become_dense(tmp_path: Path, cli: Cli) -> None:
    (tmp_path / "names.txt").write_text("0 ant\n1 bee\n2 cat\n")
    (tmp_path / "t.txt").write_text("a.jpg 0\nb.jpg 1\n")
    done = cli("relabel", tmp_path / "t.txt", "--names", tmp_path / "names.txt", "-o", tmp_path / "out")
    assert "left out 1 class without a row: 2 cat" in done.out
