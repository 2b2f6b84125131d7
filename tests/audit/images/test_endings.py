"""Paths without an ending, as the ids of a table are."""

from __future__ import annotations

from pathlib import Path

from datatool.audit import AuditOptions, audit
from datatool.rows import open_rows, resolve
from datatool.schemas import AuditDocument
from tests.helpers.scenes import encode, scene

OPTIONS = AuditOptions(images=True, image_cache=None)


def _audit(path: Path, root: Path) -> AuditDocument:
    with open_rows(resolve(str(path), root=root)) as rows:
        return audit(rows, options=OPTIONS)


def test_ids_are_opened_with_the_ending_that_is_there_and_said(tmp_path: Path) -> None:
    images = tmp_path / "images"
    images.mkdir()
    (images / "0001.jpg").write_bytes(encode(scene(1)))
    (images / "a.b.png").write_bytes(encode(scene(2)))
    (images / "both.jpg").write_bytes(encode(scene(3)))
    (images / "both.png").write_bytes(encode(scene(4)))
    (images / "plain").write_bytes(encode(scene(5)))
    table = tmp_path / "a.csv"
    table.write_text("image_id,label\n0001,cat\na.b,dog\nboth,cat\nplain,dog\ngone,cat\n0001.jpg,dog\n")
    found = {finding.code: finding for finding in _audit(table, images).findings}
    assert [example.text for example in found["E401"].examples] == ["gone 0"]
    assert found["E301"].count  # 0001 and 0001.jpg are one image
    [note] = [each for each in found["I109"].examples if "ending" in each.reason]
    assert (note.line, note.text) == (2, "0001")
    assert "opened with the one that is there: 3" in found["I109"].message


def test_lists_with_endings_list_no_folder(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("gone.jpg 0\n")
    found = {finding.code for finding in _audit(tmp_path / "a.txt", tmp_path).findings}
    assert "E401" in found
    assert "I109" not in found
