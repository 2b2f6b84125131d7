"""Paths that stand for several inputs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from datatool.errors import DatasetError
from datatool.rows import open_rows, resolve

Write = Callable[[str, str | bytes], Path]
Read = Callable[..., list[tuple[Any, ...]]]


def test_a_pattern_is_every_file_that_it_matches_in_order(write: Write, read: Read, tmp_path: Path) -> None:
    write("p/b.csv", "path,label\nb.jpg,1\n")
    write("p/a.jsonl", '{"path": "a.jpg", "label": 0}\n')
    write("p/deep/c.csv", "path,label\nc.jpg,2\n")
    assert [row[:2] for row in read(f"{tmp_path}/p/*.*")] == [("a.jpg", 0), ("b.jpg", 1)]
    assert [row[:2] for row in read(f"{tmp_path}/**/*.csv")] == [("b.jpg", 1), ("c.jpg", 2)]
    assert [row[3] for row in read(None, splits={"val": f"{tmp_path}/p/*.csv"})] == ["val"]
    write("dataset.yaml", "train: [{csv: 'p/*.csv', root: images, source: render}]")
    assert read(tmp_path, "path, source, root::VARCHAR") == [("b.jpg", "render", f"{tmp_path}/images")]
    with pytest.raises(DatasetError, match=r"must match a file; got '.*none"):
        read(f"{tmp_path}/none*")


def test_a_name_with_brackets_is_a_name_where_it_is_there(write: Write, read: Read) -> None:
    assert [row[0] for row in read(write("a[1].csv", "path,label\nx.jpg,0\n"))] == ["x.jpg"]


def test_split_folders_above_class_folders_are_every_split_at_once(write: Write, read: Read, tmp_path: Path) -> None:
    for name in ("train/cat/1.jpg", "train/dog/2.jpg", "Validation/dog/3.jpg", "test/fox/4.jpg", "__MACOSX/x/5.jpg"):
        write(f"set/{name}", b"")
    found = read(tmp_path / "set", "path, label, split::VARCHAR, root::VARCHAR")
    root = tmp_path / "set"
    assert sorted(found) == [
        ("cat/1.jpg", 0, "train", f"{root}/train"),
        ("dog/2.jpg", 1, "train", f"{root}/train"),
        ("dog/3.jpg", 1, "val", f"{root}/Validation"),
        ("fox/4.jpg", 2, "test", f"{root}/test"),
    ]
    with pytest.raises(DatasetError, match="test must be given once"):
        read(root, splits={"test": str(root / "test")})


def test_classes_that_are_named_as_splits_stay_classes_beside_others(write: Write, read: Read, tmp_path: Path) -> None:
    for name in ("train/1.jpg", "car/2.jpg"):
        write(f"set/{name}", b"")
    assert [row[:2] for row in read(tmp_path / "set")] == [("car/2.jpg", 0), ("train/1.jpg", 1)]


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_an_image_folder_of_hugging_face_is_its_table(tmp_path: Path, read: Read, kind: str) -> None:
    datasets = pytest.importorskip("datasets")
    made = datasets.Dataset.from_dict({"file_name": ["0001.png", "sub/0002.png"], "label": ["dog", "cat"]})
    for split in ("train", "test"):
        folder = tmp_path / "set" / split
        folder.mkdir(parents=True)
        write = {"csv": made.to_csv, "jsonl": made.to_json, "parquet": made.to_parquet}[kind]
        write(str(folder / f"metadata.{kind}"))
    folder = tmp_path / "set"
    found = read(folder, "path, label, split::VARCHAR, root::VARCHAR")
    assert sorted(found) == sorted(
        (path, label, split, f"{folder}/{split}")
        for split in ("test", "train")
        for path, label in (("0001.png", 1), ("sub/0002.png", 0))
    )
    assert [row[0] for row in read(folder / "train")] == ["0001.png", "sub/0002.png"]
    (folder / "dataset.yaml").write_text("val: [{folder: test}]")
    assert [(row[0], row[3]) for row in read(folder)] == [("0001.png", "val"), ("sub/0002.png", "val")]


def test_two_tables_of_one_folder_are_refused(write: Write, read: Read, tmp_path: Path) -> None:
    write("set/metadata.csv", "file_name,label\na,0\n")
    write("set/metadata.jsonl", '{"file_name": "a", "label": 0}\n')
    with pytest.raises(DatasetError, match=r"one table of its pictures; got metadata\.csv and metadata\.jsonl"):
        read(tmp_path / "set")


def test_saved_data_sets_are_read_with_their_class_names(tmp_path: Path, read: Read) -> None:
    datasets = pytest.importorskip("datasets")
    features = datasets.Features({"path": datasets.Value("string"), "label": datasets.ClassLabel(names=["no", "yes"])})
    made = datasets.Dataset.from_dict({"path": list("abcd"), "label": [1, 0, 1, 1]}, features=features)
    made.save_to_disk(tmp_path / "one", num_shards=2)
    assert [(row[0], row[1], row[4]) for row in read(tmp_path / "one")] == [
        ("a", 1, 1), ("b", 0, 2), ("c", 1, 1), ("d", 1, 2),
    ]  # fmt: skip
    datasets.DatasetDict({"train": made, "validation": made.select([1])}).save_to_disk(tmp_path / "two")
    found = read(tmp_path / "two")
    assert [(row[0], row[3]) for row in found] == [
        ("a", "train"),
        ("b", "train"),
        ("c", "train"),
        ("d", "train"),
        ("b", "val"),
    ]
    with open_rows(resolve(str(tmp_path / "two"))) as rows:
        assert rows.names == {0: "no", 1: "yes"}
    assert [row[3] for row in read(None, splits={"test": str(tmp_path / "one")})] == ["test"] * 4
    with pytest.raises(DatasetError, match=r"must be given as DATASET.*got train, validation"):
        read(None, splits={"test": str(tmp_path / "two")})


def test_saved_splits_of_other_names_are_named(write: Write, read: Read, tmp_path: Path) -> None:
    write("set/dataset_dict.json", json.dumps({"splits": ["train", "fold 3"]}))
    with pytest.raises(DatasetError, match=r"train, val or test; got train, fold 3.*--split train="):
        read(tmp_path / "set")
    write("set/dataset_dict.json", "[]")
    with pytest.raises(DatasetError, match="must be a JSON object"):
        read(tmp_path / "set")


def test_names_of_classes_are_read_beside_files_that_do_not_say_them(tmp_path: Path, read: Read) -> None:
    import pyarrow as pa

    folder = tmp_path / "set"
    folder.mkdir()
    with pa.ipc.new_stream(folder / "data.arrow", pa.schema([("path", pa.string()), ("label", pa.int64())])) as writer:
        writer.write_table(pa.table({"path": ["a"], "label": [1]}))
    (folder / "state.json").write_text(json.dumps({"_data_files": [{"filename": "data.arrow"}]}))
    info = {"features": {"label": {"_type": "ClassLabel", "names": ["no", "yes"]}}}
    (folder / "dataset_info.json").write_text(json.dumps(info))
    with open_rows(resolve(str(folder))) as rows:
        assert rows.names == {0: "no", 1: "yes"}


def test_a_saved_data_set_that_says_its_split_is_of_that_split(tmp_path: Path, read: Read) -> None:
    """A part of a split keeps its name in `datasets`, so that what the user says stands above it."""
    datasets = pytest.importorskip("datasets")
    for split, expected in (("test", "test"), ("validation", "val"), ("fold3", "train")):
        made = datasets.Dataset.from_dict({"path": ["a"], "label": [0]}, split=split)
        made.save_to_disk(tmp_path / split)
        assert [row[3] for row in read(tmp_path / split)] == [expected]
    assert [row[3] for row in read(None, splits={"val": str(tmp_path / "test")})] == ["val"]
    datasets.DatasetDict({"train": made}).save_to_disk(tmp_path / "dict")
    assert [row[3] for row in read(tmp_path / "dict")] == ["train"]


def test_folders_of_splits_beside_others_are_no_classes(tmp_path: Path) -> None:
    """They were read as classes `train` and `val`, with all classes of the data set in one."""
    for name in ("train/cat/1.jpg", "train/dog/2.jpg", "val/cat/3.jpg", "unlabeled/4.jpg"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    with pytest.raises(DatasetError, match=r"got 'unlabeled' beside train, val .*Hint: --split train=\S+ --split val="):
        resolve(str(tmp_path))
    assert ["train", "val"] == [
        part.split for part in resolve(None, splits={name: str(tmp_path / name) for name in ("train", "val")}).parts
    ]
