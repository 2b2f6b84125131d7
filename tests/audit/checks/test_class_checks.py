"""Checks of class names and class folders: W206 to W210, I211, and what they mean for class_num."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from datatool.audit import AuditOptions, audit
from datatool.rows import open_rows, resolve
from datatool.schemas import AuditDocument, Finding
from tests.helpers.lists import rows as listed

Folders = Callable[..., AuditDocument]


@pytest.fixture
def named(tmp_path: Path) -> Callable[..., AuditDocument]:
    """Audit a list with names, given or lying beside it."""

    def run(text: str, names: str, *, found: bool = False, **options: Any) -> AuditDocument:
        (tmp_path / "train.txt").write_text(text)
        file = tmp_path / ("label_list.txt" if found else "names.given")
        file.write_text(names)
        resolved = resolve(str(tmp_path / "train.txt"), names=None if found else file)
        with open_rows(resolved) as rows:
            return audit(rows, options=AuditOptions(**options))

    return run


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    """Audit class folders that hold empty files of these names."""

    def run(*files: str, **options: Any) -> AuditDocument:
        for file in files:
            path = tmp_path / "set" / file
            path.parent.mkdir(parents=True, exist_ok=True)
            if not file.endswith("/"):
                path.write_bytes(b"")
            else:
                path.mkdir(exist_ok=True)
        with open_rows(resolve(str(tmp_path / "set"))) as rows:
            return audit(rows, options=AuditOptions(**options))

    return run


def by_code(document: AuditDocument) -> dict[str, Finding]:
    return {finding.code: finding for finding in document.findings}


THREE = listed({0: 20, 1: 20, 2: 20})


def test_w206_names_ids_without_a_name_and_names_given_twice(named: Folders) -> None:
    finding = by_code(named(THREE, "0 cat\n2 cat\n"))["W206"]
    assert (finding.count, finding.message) == (
        3,
        "1 id without a name: 1; 2 ids share a name: 0 (cat), 2 (cat)",
    )
    assert "W206" not in by_code(named(THREE, "0 cat\n1 dog\n2 bird\n"))


@pytest.mark.parametrize("found", [False, True])
def test_w206_says_that_names_are_shifted_and_class_num_does_not_count_them(named: Folders, found: bool) -> None:
    document = named(THREE, "1 cat\n2 dog\n3 bird\n", found=found)
    assert "shifted by one" in by_code(document)["W206"].message
    assert "W210" not in by_code(document)
    assert document.class_num == 3


def test_names_that_are_given_count_for_class_num_and_found_ones_do_not(named: Folders) -> None:
    names = "0 cat\n1 dog\n2 bird\n3 fish\n"
    given, found = named(THREE, names), named(THREE, names, found=True)
    assert (given.class_num, given.missing_ids, given.max_id) == (4, [3], 2)
    assert (found.class_num, found.missing_ids, found.max_id) == (3, [], 2)
    assert by_code(given)["W210"].count == by_code(found)["W210"].count == 1


def test_w207_names_numbers_that_are_other_ids(folders: Folders) -> None:
    finding = by_code(folders("1/a.jpg", "2/b.jpg", "10/c.jpg"))["W207"]
    assert (finding.count, "'10' has id 1" in finding.message) == (2, True)


@pytest.mark.parametrize(
    "pair", [("Cat", "cat"), ("cat", "cat "), ("café", "cafe\u0301"), ("c\u200bat", "cat"), ("ﬁsh", "fish")]
)
def test_w208_finds_names_that_nobody_can_tell_apart(folders: Folders, pair: tuple[str, str]) -> None:
    finding = by_code(folders(*(f"{name}/a.jpg" for name in pair), "dog/b.jpg"))["W208"]
    assert finding.count == 2


def test_w208_looks_at_labels_that_are_words_too(find: Callable[..., dict[str, Finding]]) -> None:
    assert find("a.jpg hot dog\nb.jpg hotdog\nc.jpg cat\n")["W208"].count == 2


@pytest.mark.parametrize("name", ["nan", "None", "NULL", "n/a"])
def test_w209_points_at_the_first_row_of_a_missing_value(find: Callable[..., dict[str, Finding]], name: str) -> None:
    finding = find(f"a.jpg cat\nb.jpg {name}\nc.jpg dog\n")["W209"]
    assert (finding.count, [(one.line, one.text) for one in finding.examples]) == (1, [(2, f"b.jpg {name}")])


def test_w209_looks_at_class_folders_too(folders: Folders) -> None:
    assert by_code(folders("nan/a.jpg", "cat/b.jpg"))["W209"].count == 1


def test_a_class_folder_without_images_counts_for_class_num(folders: Folders) -> None:
    document = folders("cat/a.jpg", "dog/b.HEIC", "elk/", class_num=2)
    found = by_code(document)
    assert (document.class_num, document.rows, document.missing_ids) == (3, 1, [1, 2])
    assert (found["W210"].count, found["W210"].message) == (
        2,
        "2 classes without a usable row: 1 (dog), 2 (elk); class_num is 3",
    )
    assert "W202" not in found
    assert found["E203"].message == "classes without images need class_num 3"


def test_w202_leaves_classes_that_have_a_name_to_w210(named: Folders) -> None:
    found = by_code(named("a.jpg 0\nb.jpg 3\n", "0 cat\n1 dog\n3 fish\n"))
    assert (found["W202"].count, found["W210"].count) == (1, 1)


def test_i211_counts_what_is_not_read_by_ending_with_the_reason(folders: Folders) -> None:
    document = folders(
        "cat/a.jpg", "cat/b.heic", "cat/c.HEIC", "cat/Thumbs.db", "cat/._a.jpg", "cat/notes.txt", "cat/@eaDir/a.jpg",
        "__MACOSX/cat/a.jpg", ".ipynb_checkpoints/x.jpg",
    )  # fmt: skip
    finding = by_code(document)["I211"]
    assert finding.count == 7
    assert ".heic: no decoder here, convert it to JPEG: 2" in finding.message
    assert "system files: 2" in finding.message
    assert ".txt: no image: 1" in finding.message
    assert (document.rows, document.class_num) == (1, 1)


def test_w111_gives_the_line_that_mends_it(find: Callable[..., dict[str, Finding]], tmp_path: Path) -> None:
    finding = find("a.jpg 0\n".encode("utf-16"))["W111"]
    assert (finding.count, finding.hint) == (1, f"iconv -f UTF-16 -t UTF-8 {tmp_path}/train.txt > new.txt")


def test_w112_counts_rows_that_a_split_column_leaves_out(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("path,label,split\na.jpg,0,train\nb.jpg,0,fold3\nc.jpg,0,\n")
    with open_rows(resolve(str(path))) as rows:
        finding = by_code(audit(rows))["W112"]
    assert (finding.count, [one.line for one in finding.examples]) == (2, [3, 4])
    assert finding.hint == f"datatool clean {path} --drop W112 -o DIR"


def test_classes_that_select_leaves_out_are_said_to_be_so(tmp_path: Path) -> None:
    """Nobody is asked to add images of them."""
    (tmp_path / "names.txt").write_text("0 cat\n1 dog\n2 cow\n")
    (tmp_path / "l.txt").write_text("a.jpg 0\nb.jpg 1\n")
    (tmp_path / "d.yaml").write_text("names: names.txt\ntrain: [{list: l.txt}]\nselect: [cat]\n")
    with open_rows(resolve(str(tmp_path / "d.yaml"))) as rows:
        [found] = [each for each in audit(rows, options=AuditOptions()).findings if each.code == "W210"]
    assert {"select: leaves its rows out"} == {example.reason for example in found.examples}
    assert "nothing is missing" in found.hint


def test_a_names_file_without_a_name_leaves_every_id_without_one(named: Callable[..., AuditDocument]) -> None:
    [found] = [each for each in named("a.jpg 0\nb.jpg 1\n", "\n").findings if each.code == "W206"]
    assert (2, "2 ids without a name: 0, 1") == (found.count, found.message)
