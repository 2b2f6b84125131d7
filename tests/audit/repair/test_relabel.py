"""Dense ids, one map for all splits."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from datatool.audit.repair import relabel
from datatool.rows import open_rows, resolve
from datatool.schemas import RelabelMap
from tests.helpers.program import Cli
from tests.helpers.read_back import read_images


def write(file: Path, text: str) -> Path:
    file.write_text(text)
    return file


def test_one_map_serves_all_splits_and_keeps_the_order_of_ids(tmp_path: Path, cli: Cli) -> None:
    train = write(tmp_path / "train.txt", "a.jpg 1000\nb.jpg 7\nc.jpg 50030\nd.jpg 64\n")
    val = write(tmp_path / "val.txt", "e.jpg 64\nf.jpg 3\n")
    done = cli("relabel", train, "--split", f"val={val}", "-o", tmp_path / "out")
    assert done.code == 0
    made = RelabelMap.parse(json.loads((tmp_path / "out" / "map.json").read_text()))
    assert made.map == {"3": 0, "7": 1, "64": 2, "1000": 3, "50030": 4}
    assert made.inverse == {0: 3, 1: 7, 2: 64, 3: 1000, 4: 50030}
    assert (tmp_path / "out" / "train.txt").read_text() == "a.jpg 3\nb.jpg 1\nc.jpg 4\nd.jpg 2\n"
    assert (tmp_path / "out" / "val.txt").read_text() == "e.jpg 2\nf.jpg 0\n"


def test_quoted_names_become_sorted_ids_with_a_names_file(tmp_path: Path, cli: Cli) -> None:
    train = write(tmp_path / "train.txt", '"trash40.jpg" "trash"\n"my glass.jpg" "glass"\n"trash41.jpg" "trash"\n')
    assert cli("relabel", train, "-o", tmp_path / "out").code == 0
    assert (tmp_path / "out" / "label_list.txt").read_text() == "0 glass\n1 trash\n"
    assert (tmp_path / "out" / "train.txt").read_text() == "trash40.jpg\t1\nmy glass.jpg\t0\ntrash41.jpg\t1\n"


def test_a_names_file_gives_names_their_ids_and_an_unknown_name_is_refused(tmp_path: Path, cli: Cli) -> None:
    names = write(tmp_path / "names.txt", "0 dog\n1 cat\n")
    good = write(tmp_path / "good.txt", "a.jpg cat\nb.jpg dog\n")
    assert cli("relabel", good, "--names", names, "-o", tmp_path / "out").code == 0
    assert (tmp_path / "out" / "train.txt").read_text() == "a.jpg 1\nb.jpg 0\n"
    bad = write(tmp_path / "bad.txt", "a.jpg cat\nb.jpg cow\n")
    done = cli("relabel", bad, "--names", names, "-o", tmp_path / "other")
    assert done.code == 2
    assert "got 'cow'" in done.err
    assert "bad.txt:2" in done.err
    assert not (tmp_path / "other").exists()


def test_names_move_with_their_ids(tmp_path: Path, cli: Cli) -> None:
    names = write(tmp_path / "names.txt", "3 hat\n9 shoe\n11 unused\n")
    train = write(tmp_path / "train.txt", "a.jpg 9\nb.jpg 3\n")
    before = {(path, name) for path, name, _, _ in read_images(train, names=names)}
    assert cli("relabel", train, "--names", names, "-o", tmp_path / "out").code == 0
    assert {(path, name) for path, name, _, _ in read_images(tmp_path / "out" / "dataset.yaml")} == before


@pytest.mark.parametrize(
    "text", ["a.jpg 1\nb.jpg\n", "a.jpg 1\nb.jpg 2\nc.jpg cat\n", "a.jpg cat\nb.jpg dog\nc.jpg 1.5\n"]
)
def test_a_line_that_gives_no_row_is_named_and_never_lost(tmp_path: Path, cli: Cli, text: str) -> None:
    train = write(tmp_path / "train.txt", text)
    done = cli("relabel", train, "-o", tmp_path / "out")
    assert done.code == 2
    assert f"train.txt:{text.count(chr(10))}" in done.err
    assert not (tmp_path / "out").exists()


def test_an_existing_folder_is_refused_and_left_alone(tmp_path: Path, cli: Cli) -> None:
    train = write(tmp_path / "train.txt", "a.jpg 1\n")
    (tmp_path / "out").mkdir()
    write(tmp_path / "out" / "mine.txt", "mine")
    done = cli("relabel", train, "-o", tmp_path / "out")
    assert (done.code, "must be a new folder" in done.err) == (2, True)
    assert (tmp_path / "out" / "mine.txt").read_text() == "mine"


def test_sources_and_roots_survive(tmp_path: Path, cli: Cli) -> None:
    write(tmp_path / "real.txt", "a.jpg 4\n")
    write(tmp_path / "made.txt", "b.jpg 4\n")
    dataset = write(
        tmp_path / "dataset.yaml",
        "schema: datatool.dataset/1\ntrain:\n- {list: real.txt, root: photos}\n"
        "- {list: made.txt, root: synth, source: synthetic}\n",
    )
    assert cli("relabel", dataset, "-o", tmp_path / "out").code == 0
    assert read_images(tmp_path / "out" / "dataset.yaml") == {
        (str(tmp_path / "photos" / "a.jpg"), "0", "train", "real"): 1,
        (str(tmp_path / "synth" / "b.jpg"), "0", "train", "synthetic"): 1,
    }


def test_paths_that_no_list_can_hold_go_into_parquet(tmp_path: Path, cli: Cli) -> None:
    table = write(tmp_path / "t.csv", 'path,label\n"d,e.jpg",3\n"f\tg.jpg",4\n')
    before = {(path, label) for path, label, _, _ in read_images(table)}
    assert cli("relabel", table, "-o", tmp_path / "out").code == 0
    after = {(path, label) for path, label, _, _ in read_images(tmp_path / "out" / "dataset.yaml")}
    assert {path for path, _ in after} == {path for path, _ in before}
    assert (tmp_path / "out" / "train.parquet").exists()


def test_names_of_two_words_are_mapped_with_their_right_paths(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("im 0.jpg golden retriever\nim1.jpg tabby cat\nim2.jpg golden retriever\n")
    with open_rows(resolve(str(tmp_path / "a.txt"))) as rows:
        relabel(rows, out=tmp_path / "out")
    with open_rows(resolve(str(tmp_path / "out"))) as rows:
        found = rows.read().execute("SELECT path, label FROM rows ORDER BY line").fetchall()
        assert (found, rows.names) == (
            [("im 0.jpg", 0), ("im1.jpg", 1), ("im2.jpg", 0)],
            {0: "golden retriever", 1: "tabby cat"},
        )


def test_how_many_rows_have_another_id_is_said_zero_included(tmp_path: Path, cli: Cli) -> None:
    """From names all of them have one that they had not."""
    write(tmp_path / "map.csv", "old,new\n7,3\n")
    for text, more, changed in (
        ("a.jpg 0\nb.jpg 1\n", (), 0),
        ("a.jpg 0\nb.jpg 5\nc.jpg 5\n", (), 2),
        ("a.jpg cat\nb.jpg dog\n", (), 2),
        ("a.jpg 0\nb.jpg 3\nc.jpg 7\n", ("--merge", tmp_path / "map.csv"), 2),
    ):
        listed = write(tmp_path / "l.txt", text)
        out = tmp_path / f"out{changed}{len(more)}{len(text)}"
        done = cli("relabel", listed, *more, "-o", out)
        assert f"gave another class id to {changed} rows" in done.out.splitlines()


def test_rows_whose_ids_a_map_of_names_changes_are_counted(tmp_path: Path, cli: Cli) -> None:
    old = write(tmp_path / "old.txt", "a.jpg cat\nb.jpg dog\n")
    assert cli("relabel", old, "-o", tmp_path / "old").code == 0
    names = write(tmp_path / "names.txt", "0 bee\n1 cat\n2 dog\n")
    new = write(tmp_path / "new.txt", "a.jpg 1\nb.jpg 2\nc.jpg 0\nd.jpg 1\n")

    done = cli("relabel", new, "--names", names, "--map", tmp_path / "old", "-o", tmp_path / "out")

    assert (done.code, done.err) == (0, "")
    assert "gave another class id to 4 rows" in done.out.splitlines()
    again = cli("relabel", tmp_path / "out", "--map", tmp_path / "old", "-o", tmp_path / "again")
    assert "gave another class id to 0 rows" in again.out.splitlines()
