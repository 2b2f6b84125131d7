"""Findings about image files, from files on disk to the document."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import simplejpeg

from datatool.audit import AuditOptions, audit
from datatool.audit.repair import clean
from datatool.rows import open_rows, resolve
from datatool.schemas import AuditDocument, Finding
from tests.helpers.program import Cli
from tests.helpers.scenes import encode, scene


class Folder:
    """A data set under construction."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lists: dict[str, list[str]] = {"train": [], "val": [], "test": []}

    def add(self, split: str, name: str, data: bytes | None, label: int = 0) -> None:
        if data is not None:
            (self.path / name).write_bytes(data)
        self.lists[split].append(f"{name} {label}")

    def audit(self, **options: Any) -> AuditDocument:
        for split, lines in self.lists.items():
            (self.path / f"{split}.txt").write_text("".join(f"{line}\n" for line in lines))
        splits = {split: str(self.path / f"{split}.txt") for split in ("val", "test") if self.lists[split]}
        with open_rows(resolve(str(self.path / "train.txt"), splits=splits)) as rows:
            return audit(rows, options=AuditOptions(images=True, image_cache=None, **options))

    def findings(self, **options: Any) -> dict[str, Finding]:
        wanted = ("E4", "W4", "W50", "E501", "E504")
        return {one.code: one for one in self.audit(**options).findings if one.code.startswith(wanted)}


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """Three sound pictures in train and one in val."""
    made = Folder(tmp_path)
    for number in range(3):
        made.add("train", f"{number}.jpg", encode(scene(number)))
    made.add("val", "3.jpg", encode(scene(3)))
    return made


def places(finding: Finding) -> list[tuple[str, int | None]]:
    return [(Path(one.file).name, one.line) for one in finding.examples]


def test_sound_and_different_images_have_no_findings(folder: Folder) -> None:
    assert folder.findings() == {}


@pytest.mark.parametrize(
    ("code", "name", "data"),
    [
        ("E401", "x.jpg", lambda: None),
        ("E402", "x.jpg", lambda: b""),
        ("E402", "x.jpg", lambda: b"<html>404</html>"),
        ("W403", "x.jpg", lambda: encode(scene(9))[:-2]),
        ("W404", "x.jpg", lambda: encode(scene(9), "PNG")),
        ("W404", "x.PNG", lambda: encode(scene(9))),
        ("E405", "x.jpg", lambda: encode(scene(9, height=300, width=300))),
    ],
)
def test_each_fault_of_a_file_is_named_with_its_line(
    folder: Folder, code: str, name: str, data: Callable[[], bytes | None]
) -> None:
    folder.add("train", name, data(), 1)
    found = folder.findings(max_pixels=200 * 200)
    assert list(found) == [code]
    assert found[code].count == 1
    assert places(found[code]) == [("train.txt", 4)]
    assert found[code].examples[0].text == f"{name} 1"
    assert found[code].examples[0].reason


def test_an_extension_that_names_no_format_is_no_finding(folder: Folder) -> None:
    for name in ("a.img", "b", "c.JPEG", "d.jpe"):
        folder.add("train", name, encode(scene(ord(name[0]))))
    assert folder.findings() == {}


def test_missing_roots_are_told_apart_from_missing_files(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.add("train", "nowhere/a.jpg", None)
    folder.add("train", "nowhere/b.jpg", None)
    found = folder.findings()["E401"]
    assert "none of the 2 files exists" in found.message
    assert "--root" in found.hint


def test_equal_bytes_under_another_name_in_another_split_are_a_leak(folder: Folder) -> None:
    folder.add("val", "copy.jpg", encode(scene(1)))
    found = folder.findings()
    assert list(found) == ["E501"]
    assert places(found["E501"]) == [("val.txt", 2)]
    assert "the same bytes as 1.jpg in train" in found["E501"].examples[0].reason


def test_the_same_path_in_two_splits_is_counted_once(folder: Folder) -> None:
    folder.add("val", "1.jpg", None)
    folder.add("val", "2.jpg", None)
    folder.add("train", "twin-of-1.jpg", encode(scene(1)))
    assert folder.findings()["E501"].count == 2


@pytest.mark.parametrize("code", ["E501", "W502", "W503"])
def test_a_copy_that_two_later_splits_share_is_found_in_both(folder: Folder, code: str) -> None:
    pixels = simplejpeg.decode_jpeg(encode(scene(1)))
    copies = {"E501": encode(scene(1)), "W502": encode(pixels, "PNG"), "W503": encode(scene(1), quality=40)}
    folder.add("val", "x.png", copies[code])
    folder.add("test", "x.png", None)
    found = folder.findings(ignore=frozenset({"W404"}))
    assert ("val.txt", 2) in places(found[code])
    assert ("test.txt", 1) in places(found["E501"])
    assert sum(found[one].count for one in found) == 2


def test_equal_bytes_in_one_split_are_no_leak(folder: Folder) -> None:
    folder.add("train", "copy.jpg", encode(scene(1)))
    assert set(folder.findings()) == {"W504"}


def test_metadata_edits_and_lossless_copies_leak_pixels(folder: Folder) -> None:
    data = encode(scene(1))
    folder.add("val", "comment.jpg", data[:2] + b"\xff\xfe\x00\x07hello" + data[2:])
    folder.add("val", "lossless.png", encode(simplejpeg.decode_jpeg(encode(scene(2))), "PNG"))
    found = folder.findings()
    assert list(found) == ["W502"]
    assert places(found["W502"]) == [("val.txt", 2), ("val.txt", 3)]


def test_a_re_encoded_image_is_a_near_duplicate_with_its_distance(folder: Folder) -> None:
    folder.add("val", "again.jpg", encode(scene(1), quality=60))
    found = folder.findings()
    assert list(found) == ["W503"]
    assert places(found["W503"]) == [("val.txt", 2)]
    assert "from 1.jpg in train" in found["W503"].examples[0].reason


def test_an_exact_copy_is_not_also_a_near_duplicate(folder: Folder) -> None:
    folder.add("train", "again.jpg", encode(scene(1), quality=60))
    folder.add("val", "copy.jpg", encode(scene(1)))
    assert list(folder.findings()) == ["E501"]


def test_the_same_content_with_two_labels_is_a_conflict_within_a_split_too(folder: Folder) -> None:
    data = encode(scene(1))
    folder.add("train", "bytes.jpg", data, 5)
    folder.add("train", "pixels.jpg", data[:2] + b"\xff\xfe\x00\x07hello" + data[2:], 6)
    found = folder.findings()
    assert list(found) == ["E504"]
    assert places(found["E504"]) == [("train.txt", 4), ("train.txt", 5)]
    assert "label 5 here, 0 for the same content in 1.jpg" in found["E504"].examples[0].reason


def test_unreadable_files_are_never_duplicates_of_each_other(folder: Folder) -> None:
    for number in range(3):
        folder.add("train", f"t{number}.jpg", b"<html>", number)
        folder.add("val", f"v{number}.jpg", b"<html>", number)
    assert list(folder.findings()) == ["E402"]


def test_flat_pictures_of_two_colours_are_no_duplicates(folder: Folder) -> None:
    import numpy as np

    folder.add("train", "grey.png", encode(np.full((40, 40, 3), 90, np.uint8), "PNG"))
    folder.add("val", "white.png", encode(np.full((40, 40, 3), 255, np.uint8), "PNG"))
    folder.add("val", "wide.png", encode(np.full((20, 80, 3), 90, np.uint8), "PNG"))
    assert folder.findings() == {}


def test_without_images_no_file_is_opened(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.audit()
    monkeypatch.setattr("datatool.audit.images._measure.measure", lambda *_, **__: pytest.fail("a file was opened"))
    with open_rows(resolve(str(folder.path / "train.txt"))) as rows:
        codes = [one.code for one in audit(rows).findings]
    assert not [code for code in codes if code[1] == "4"]


def test_the_command_reads_images_with_its_limit(folder: Folder, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder.path / "cache"))
    folder.add("train", "x.jpg", encode(scene(9, height=300, width=300)))
    folder.audit()
    done = cli("audit", folder.path / "train.txt", "--images", "--max-pixels", 40_000, "--json")
    codes = [one["code"] for one in json.loads(done.out)["findings"]]
    assert (done.code, "E405" in codes) == (1, True)
    assert cli("audit", folder.path / "train.txt", "--images", "--engine", "spark").code == 2


def clothing(shared_data: Path) -> dict[str, list[tuple[str, int]]]:
    rows: dict[str, list[tuple[str, int]]] = {}
    for split in ("train", "val"):
        lines = (shared_data / "clothing" / f"{split}_list.txt").read_text().splitlines()
        rows[split] = [(path, int(label)) for path, _, label in (line.rpartition(" ") for line in lines)]
    return rows


@pytest.mark.slow
def test_copies_edits_and_re_encodes_of_photographs_across_splits_are_found(shared_data: Path, tmp_path: Path) -> None:
    """50 byte copies and 50 metadata edits are all found; of 50 re-encodes at quality 75, all but a few."""
    from PIL import Image

    rows = clothing(shared_data)
    for split, listed in rows.items():
        for path, _ in listed:
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).symlink_to(shared_data / "clothing" / path)
        (tmp_path / f"{split}.txt").write_text("".join(f"{path} {label}\n" for path, label in listed))
    with (tmp_path / "val.txt").open("a") as val:
        for number, (path, label) in enumerate(rows["train"][::20][:150]):
            source, kind = tmp_path / path, ("copy", "edit", "again")[number % 3]
            target = tmp_path / f"{kind}-{number}.jpg"
            if kind == "copy":
                shutil.copyfile(source, target)
            elif kind == "edit":
                data = source.read_bytes()
                target.write_bytes(data[:2] + b"\xff\xfe\x00\x07hello" + data[2:])
            else:
                Image.open(source).save(target, quality=75)
            val.write(f"{target.name} {label}\n")
    with open_rows(resolve(str(tmp_path / "train.txt"), splits={"val": str(tmp_path / "val.txt")})) as opened:
        options = AuditOptions(images=True, image_cache=None, max_examples=10_000)
        found = {one.code: one for one in audit(opened, options=options).findings}
    named = {code: [one.text.split("-")[0] for one in found[code].examples] for code in ("E501", "W502", "W503")}
    assert named["E501"] == ["copy"] * 50
    assert named["W502"] == ["edit"] * 50
    true = named["W503"].count("again")
    assert true >= 48
    assert true / len(named["W503"]) >= 0.95
    assert not {"E401", "E402", "W403", "W404", "E504"} & found.keys()


def test_the_summary_says_what_was_read(folder: Folder, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder.path / "cache"))
    folder.audit()
    done = cli("audit", folder.path / "train.txt", "--images")
    assert "Images 3 files" in done.out
    assert "(jpeg 3); 3 read" in done.out
    assert "width 90 to 90 (median 90), height 120 to 120 (median 120) pixels" in done.out
    statistics = json.loads(cli("audit", folder.path / "train.txt", "--images", "--json").out)["images"]
    assert (statistics["files"], statistics["read"], statistics["modes"]) == (3, 0, {"RGB": 3})
    plain = cli("audit", folder.path / "train.txt", "--engine", "ray", "--json")
    assert "images" not in json.loads(plain.out)
    assert "--engine is left unused" in plain.err


def test_the_label_of_most_copies_stands(folder: Folder) -> None:
    copy = encode(scene(9))
    for number, label in enumerate([1, 0, 0, 0, 0, 0]):
        folder.add("train", f"c{number}.jpg", copy, label)
    found = folder.findings()["E504"]
    assert places(found) == [("train.txt", 4)]
    assert found.examples[0].reason.endswith("as for 5 of 6 copies")
    with open_rows(resolve(str(folder.path / "train.txt"))) as rows:
        made = clean(rows, drop=["E504"], out=folder.path / "out", options=AuditOptions(images=True, image_cache=None))
    assert (made.rows, made.rejected) == (8, {"E504": 1})


def test_the_hint_of_a_missing_file_says_what_is_there_instead(folder: Folder) -> None:
    folder.add("train", "PIC.JPG", encode(scene(9)))
    folder.lists["train"].append("pic.jpg 0")
    assert "'pic.jpg' is there as 'PIC.JPG', they differ in case" in folder.findings()["E401"].hint
