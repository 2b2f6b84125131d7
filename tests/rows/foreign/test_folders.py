"""Folders that are no data set are named, and never read as class folders."""

from __future__ import annotations

from pathlib import Path

import pytest

from datatool.errors import DatasetError
from datatool.rows import open_rows, resolve
from tests.helpers.foreign_files import FILES, lmdb_folder, picture
from tests.helpers.program import Cli


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _refusal(dataset: str) -> str:
    with pytest.raises(DatasetError) as caught, open_rows(resolve(dataset)) as rows:
        rows.read()
    return str(caught.value)


def _touch(folder: Path, *files: str) -> None:
    for name in files:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("a.jpg 0\n")


def test_a_plan_and_an_audit_say_where_they_belong(cli: Cli, here: Path) -> None:
    _touch(here, "l.txt")
    assert cli("balance", "l.txt", "-o", "l.plan").code == 0
    cli("audit", "l.txt", "--out", "l.audit")

    plan, audit = cli("audit", "l.plan"), cli("audit", "l.audit")

    assert (2, 2) == (plan.code, audit.code)
    assert "got a plan (l.plan). Hint: train on it by data: {train: l.plan} in a recipe" in plan.err
    assert "got an audit (l.audit). Hint: " in audit.err
    assert "--findings l.audit" in audit.err


@pytest.mark.parametrize(
    ("files", "noun"),
    [
        (["recipe.yaml", "metrics.jsonl", "checkpoints/step_1/state.json"], "a run"),
        (["model.meta.json", "inference.pdiparams"], "an exported model"),
        (["images/train/a.jpg", "labels/train/a.txt"], "a data set of detection (YOLO)"),
        (["Annotations/a.xml", "JPEGImages/a.jpg"], "a data set of detection (Pascal VOC)"),
        (["annotations/instances_train2017.json", "train2017/a.jpg"], "a data set of detection (COCO)"),
        (["a.tar", "b.tar"], "a folder of archives"),
    ],
)
def test_a_folder_is_named(here: Path, files: list[str], noun: str) -> None:
    _touch(here / "x", *files)
    assert f"got {noun} (x). Hint: " in _refusal("x")
    (here / "dataset.yaml").write_text("train: [{folder: x}]\n")
    assert f"got {noun} (x). Hint: " in _refusal("dataset.yaml")


def test_lmdb_is_told_by_its_file(here: Path) -> None:
    lmdb_folder(here / "store")
    assert "got an LMDB database (store)" in _refusal("store")
    assert "got an LMDB database (store/data.mdb)" in _refusal("store/data.mdb")


def test_a_folder_of_lists_gives_the_command_that_reads_them(cli: Cli, here: Path) -> None:
    _touch(here / "my lists", "train_list.txt", "val.txt", "README.txt")
    said = _refusal("my lists")

    assert "got a folder of lists (my lists). Hint: name the lists themselves: datatool audit " in said
    assert "--split train='my lists/train_list.txt' --split val='my lists/val.txt'" in said
    assert cli("audit", "--split", "train=my lists/train_list.txt", "--split", "val=my lists/val.txt").code == 1


def test_one_list_in_a_folder_is_the_one_to_name(here: Path) -> None:
    _touch(here / "x", "photos.csv")
    assert "Hint: name the list itself: datatool audit x/photos.csv." in _refusal("x")


@pytest.mark.parametrize("classes", [("images", "labels"), ("annotations", "other"), ("Annotations", "birds")])
def test_class_folders_of_such_names_are_classes(here: Path, classes: tuple[str, str]) -> None:
    for name in classes:
        (here / "x" / name).mkdir(parents=True)
        picture(here / "x" / name / "a.jpg")
    with open_rows(resolve("x")) as rows:
        assert rows.read().execute("SELECT count(*) FROM rows").fetchall() == [(2,)]


def test_a_tar_beside_class_folders_does_not_hide_them(here: Path) -> None:
    (here / "x" / "cat").mkdir(parents=True)
    picture(here / "x" / "cat" / "a.jpg")
    FILES["a.tar"][0](here / "x" / "a.tar")
    with open_rows(resolve("x")) as rows:
        assert rows.read().execute("SELECT count(*) FROM rows").fetchall() == [(1,)]


def test_a_clone_of_a_hub_is_told_and_its_tables_are_named_by_split(tmp_path: Path) -> None:
    data = tmp_path / "clone" / "data"
    data.mkdir(parents=True)
    for name in ("train-00000-of-00002", "train-00001-of-00002", "test-00000-of-00001"):
        (data / f"{name}.parquet").touch()
    for folder, noun in ((data, "a folder of lists"), (data.parent, "a folder of tables one folder further down")):
        with pytest.raises(DatasetError) as caught, open_rows(resolve(str(folder))):
            pass
        assert f"got {noun}" in str(caught.value)
        assert f"--split train='{data}/train-0000*-of-00002.parquet'" in str(caught.value)
    (data.parent / "a.jpg").touch()
    with open_rows(resolve(str(data.parent))) as rows:
        assert ["folder"] == [part.kind for part in rows.dataset.parts]
