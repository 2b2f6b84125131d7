"""What lies where a missing file was looked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from datatool.storage import instead_of, neighbour


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("Cat/A.JPG", "Cat/b.jpg", "Cat/e\N{COMBINING ACUTE ACCENT}.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    return tmp_path


@pytest.mark.parametrize(
    ("asked", "found", "why"),
    [
        ("Cat/a.jpg", "A.JPG", "case"),
        ("cat/b.jpg", "Cat/b.jpg", "case"),
        ("Cat\\b.jpg", "Cat/b.jpg", "slashes"),
        ("cat\\a.jpg", "Cat/A.JPG", "case and slashes"),
        ("Cat/b", "b.jpg", "ending"),
        (
            "Cat/\N{LATIN SMALL LETTER E WITH ACUTE}.png",
            "e\N{COMBINING ACUTE ACCENT}.png",
            "Unicode form (NFC against NFD)",
        ),
    ],
)
def test_a_name_that_is_there_in_another_spelling_is_found(folder: Path, asked: str, found: str, why: str) -> None:
    instead = instead_of(str(folder / asked))
    assert instead is not None
    assert (instead.found, instead.why) == (found, why)


def test_what_is_not_there_in_any_spelling_is_not_found(folder: Path) -> None:
    assert instead_of(str(folder / "Cat/c.jpg")) is None
    assert instead_of(str(folder / "Cat/b.jpg")) is None
    assert instead_of(str(folder / "dog/b.jpg")) is None


def test_a_folder_that_holds_other_files_names_one(folder: Path) -> None:
    assert neighbour(str(folder / "Cat/c.jpg")) == (str(folder / "Cat"), "A.JPG")
    assert neighbour(str(folder / "dog/c.jpg")) is None
