from __future__ import annotations

import gzip
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from datatool.errors import DatasetError
from datatool.rows import listed_paths, open_rows, resolve
from tests.helpers.containers import write_tar, write_zip

Write = Callable[[str, str | bytes], Path]
Read = Callable[..., list[tuple[Any, ...]]]


def _said(dataset: Path, table: str, shown: str, **options: Any) -> list[tuple[Any, ...]]:
    """Rows of the table of faults or notes, in order."""
    with open_rows(resolve(str(dataset), **options)) as rows:
        found: list[tuple[Any, ...]] = rows.read().execute(f"SELECT {shown} FROM {table} ORDER BY line").fetchall()
    return found


def _sample(key: str, **parts: str) -> list[tuple[str, bytes]]:
    return [(f"{key}.{kind}", text.encode()) for kind, text in {"jpg": "", **parts}.items()]


def test_ids_stand_in_cls_members_wherever_they_lie_in_the_tar(read: Read, tmp_path: Path) -> None:
    files = [*_sample("d/1", cls="3"), ("2.cls", b" 1\n"), ("2.PNG", b""), ("3.tif", b"")]
    tar = write_tar(tmp_path / "s.tar", files)
    assert read(tar) == [("d/1.jpg", 3, "real", "train", 1), ("2.PNG", 1, "real", "train", 2)]
    assert _said(tar, "faults", "code, line, text") == [("E101", 3, "3.tif")]
    with open_rows(resolve(str(tar))) as rows:
        assert rows.stated == (f"{tar}: columns: name as path, .cls as label",)
        assert rows.dataset.parts[0].root == tar


def test_a_cls_that_is_no_id_is_a_fault(read: Read, tmp_path: Path) -> None:
    tar = write_tar(tmp_path / "s.tar", [*_sample("1", cls="3"), *_sample("2", cls="1.0"), *_sample("3", cls="-1")])
    assert [row[0] for row in read(tar)] == ["1.jpg"]
    assert [row[0] for row in _said(tar, "faults", "code, line")] == ["E102", "E103"]


def test_words_of_txt_and_json_members_are_class_names(read: Read, tmp_path: Path) -> None:
    text = write_tar(tmp_path / "t.tar", [*_sample("1", txt="dog\n"), *_sample("2", txt="big cat")])
    assert [row[:2] for row in read(text)] == [("1.jpg", 1), ("2.jpg", 0)]
    document = json.dumps({"label": "dog", "breed": 7})
    tar = write_tar(tmp_path / "j.tar", [*_sample("1", json=document), *_sample("2", json='{"label": "cat"}')])
    assert [row[:2] for row in read(tar)] == [("1.jpg", 1), ("2.jpg", 0)]
    assert [row[:2] for row in read(tar, columns={"label": ".json:breed"})] == [("1.jpg", 7)]
    assert [row[0] for row in _said(tar, "faults", "code", columns={"label": ".json:breed"})] == ["E101"]


def test_without_labels_beside_them_pictures_are_of_the_folder_they_lie_in(read: Read, tmp_path: Path) -> None:
    files = {"set/dog/a.v2.jpg": b"", "set/cat/b.jpg": b"", "__MACOSX/dog/._a.jpg": b"", "set/notes.md": b""}
    for path in (write_tar(tmp_path / "s.tar", files), write_zip(tmp_path / "s.zip", files)):
        assert [row[:2] for row in read(path)] == [("set/dog/a.v2.jpg", 1), ("set/cat/b.jpg", 0)]
        notes = dict(_said(path, "notes", "reason, count"))
        assert notes == {"system files": 1, ".md: no image": 1}


def test_shards_named_by_a_pattern_share_one_numbering(read: Read, tmp_path: Path) -> None:
    write_tar(tmp_path / "train-000.tar", {"dog/1.jpg": b""})
    write_tar(tmp_path / "train-001.tar", {"cat/2.jpg": b"", "emu/3.jpg": b""})
    for pattern in ("train-*.tar", "train-{000..001}.tar"):
        assert [row[:2] for row in read(tmp_path / pattern)] == [("dog/1.jpg", 1), ("cat/2.jpg", 0), ("emu/3.jpg", 2)]
    with pytest.raises(DatasetError, match=r"a pattern must match a file; got '.*val-\*\.tar'"):
        resolve(str(tmp_path / "val-*.tar"))


def test_a_dataset_file_joins_shards_and_says_where_labels_are(read: Read, write: Write, tmp_path: Path) -> None:
    write_tar(tmp_path / "a-0.tar", _sample("1", json='{"kind": 4}'))
    write_tar(tmp_path / "a-1.tar", _sample("2", json='{"kind": 5}'))
    write_zip(tmp_path / "b.zip", dict(_sample("3", cls="6")))
    data = write(
        "dataset.yaml",
        "schema: datatool.dataset/1\ntrain: [{shards: 'a-*.tar', labels: '.json:kind', source: synthetic}]\n"
        "val: [{zip: b.zip}]\n",
    )
    assert [row[:4] for row in read(data)] == [
        ("1.jpg", 4, "synthetic", "train"),
        ("2.jpg", 5, "synthetic", "train"),
        ("3.jpg", 6, "real", "val"),
    ]
    bad = write("bad.yaml", "schema: datatool.dataset/1\ntrain: [{shards: 'a-*.tar', root: x}]\n")
    with pytest.raises(DatasetError, match=r"shards must have no root"):
        resolve(str(bad))


def test_a_list_beside_a_container_names_its_members(read: Read, write: Write, tmp_path: Path) -> None:
    tar = write_tar(tmp_path / "s.tar", {"1.jpg": b""})
    listed = write("list.txt", "1.jpg 7\n")
    with open_rows(resolve(str(listed), root=tar)) as rows:
        [(path, label, root)] = rows.read().execute("SELECT path, label, root FROM rows").fetchall()
    assert (path, label, root) == ("1.jpg", 7, str(tar))


def test_pictures_without_labels_are_refused_with_the_way_on(tmp_path: Path) -> None:
    tar = write_tar(tmp_path / "s.tar", {"1.jpg": b"", "2.jpg": b""})
    with pytest.raises(DatasetError, match=r"got '1\.jpg' without one.*--label-column"):
        _said(tar, "faults", "code")
    assert [line.path for line in listed_paths(resolve(str(tar)))] == [
        f"{tar}/1.jpg",
        f"{tar}/2.jpg",
    ]


@pytest.mark.parametrize("name", ["s.tar.gz", "s.tgz", "renamed.tar"])
def test_a_compressed_tar_is_refused_by_name(tmp_path: Path, name: str) -> None:
    tar = write_tar(tmp_path / "s.tar", {"a/1.jpg": b""})
    packed = tmp_path / "packed" / name
    packed.parent.mkdir()
    packed.write_bytes(gzip.compress(tar.read_bytes()))
    with pytest.raises(DatasetError, match=rf"must be plain.*got gzip \(.*{name}\).*datatool pack"):
        _said(packed, "faults", "code")


def test_a_zip_of_compressed_pictures_is_refused_by_name(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "s.zip", {"a/1.jpg": b"x" * 99}, how=zipfile.ZIP_DEFLATED)
    with pytest.raises(DatasetError, match=r"got 'a/1\.jpg', compressed.*datatool pack"):
        _said(path, "faults", "code")


def test_names_that_are_not_utf8_are_faults(read: Read, tmp_path: Path) -> None:
    tar = write_tar(tmp_path / "s.tar", [("a/\udcff.jpg", b""), ("a/1.jpg", b"")])
    assert [row[0] for row in read(tar)] == ["a/1.jpg"]
    assert _said(tar, "faults", "code, text") == [("E106", "a/\\xff.jpg")]


def test_rows_faults_and_counts_of_many_shards_stand_under_the_shard_they_are_of(tmp_path: Path) -> None:
    """Shards are read by one query, between others that have columns of their own."""
    for number in range(3):
        write_tar(tmp_path / f"s-{number}.tar", [*_sample("1", cls=str(number)), *_sample("2", cls="x")])
    (tmp_path / "t.csv").write_text("path,label,source\na.jpg,1,made\n")
    (tmp_path / "data.yaml").write_text(
        "schema: datatool.dataset/1\ntrain: [{shards: 's-{0..1}.tar'}, {csv: t.csv}, {shards: s-2.tar, source: made}]\n"
    )
    with open_rows(resolve(str(tmp_path / "data.yaml"))) as rows:
        table = rows.read().execute("SELECT file, root, path, label, source FROM rows ORDER BY file").fetchall()
        faults = rows.read().execute("SELECT file, line, code FROM faults ORDER BY file").fetchall()
        files = {Path(file.path).name: file.rows for file in rows.files}
    at = {number: str(tmp_path / f"s-{number}.tar") for number in range(3)}
    assert table == [
        (at[0], at[0], "1.jpg", 0, "real"),
        (at[1], at[1], "1.jpg", 1, "real"),
        (str(tmp_path / "t.csv"), str(tmp_path), "a.jpg", 1, "made"),
        (at[2], at[2], "1.jpg", 2, "made"),
    ]
    assert faults == [(at[number], 2, "E102") for number in range(3)]
    assert files == {"s-0.tar": 1, "s-1.tar": 1, "t.csv": 1, "s-2.tar": 1}


def test_a_zip_of_something_else_is_told_by_what_it_is(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "x.xlsx", {"xl/workbook.xml": b"<x/>"})
    with pytest.raises(DatasetError, match="Excel workbook"):
        _said(path, "faults", "code")


def test_folders_of_splits_above_class_folders_say_splits(read: Read, tmp_path: Path) -> None:
    """A zip of `train/cat/1.jpg` and `val/cat/2.jpg` put the rows of val among those of train."""
    files = {"set/train/dog/a.jpg": b"", "set/Valid/cat/b.jpg": b"", "set/train/cat/c.jpg": b"", "set/notes.md": b""}
    for path in (write_tar(tmp_path / "s.tar", files), write_zip(tmp_path / "s.zip", files)):
        assert [(row[1], row[3]) for row in read(path)] == [(1, "train"), (0, "val"), (0, "train")]
        with open_rows(resolve(str(path))) as rows:
            assert any("each picture as label, the folder above it as split" in said for said in rows.stated)
        assert {"val"} == {row[3] for row in read(None, splits={"val": str(path)})}
        with pytest.raises(DatasetError, match="val must be given once; got it in the column 'the folder above it'"):
            read(path, splits={"val": str(write_zip(tmp_path / "v.zip", {"cat/d.jpg": b""}))})
    mixed = write_zip(tmp_path / "m.zip", {"train/dog/a.jpg": b"", "more/cat/b.jpg": b""})
    assert {"train"} == {row[3] for row in read(mixed)}
