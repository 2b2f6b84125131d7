"""Files of this machine behind the one door."""

from __future__ import annotations

from pathlib import Path

import pytest

from datatool.storage import StorageError, exists, is_file, open_stream, read, read_head, signature


@pytest.fixture
def file(tmp_path: Path) -> str:
    """A file of five bytes."""
    (tmp_path / "five").write_bytes(b"12345")
    return str(tmp_path / "five")


def test_a_file_is_read_whole_in_parts_and_from_its_head(file: str) -> None:
    assert read(file, max_bytes=5) == b"12345"
    assert read_head(file, 2) == b"12"
    with open_stream(file) as stream:
        assert (stream.read(3), stream.readall(), stream.read(1)) == (b"123", b"45", b"")


def test_a_file_with_more_bytes_than_allowed_is_refused(file: str) -> None:
    with pytest.raises(StorageError, match="it has 5 bytes, more than"):
        read(file, max_bytes=4)


def test_a_signature_changes_with_the_bytes(file: str) -> None:
    before = signature(file)
    Path(file).write_bytes(b"123456")
    assert (before.size, signature(file).size) == (5, 6)


def test_a_name_that_no_file_can_have_is_not_there(file: str) -> None:
    assert (exists(file), is_file(file)) == (True, True)
    assert (exists("a\0b"), is_file("a\0b")) == (False, False)
    assert is_file(str(Path(file).parent)) is False


def test_what_is_not_there_has_no_signature(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        signature(str(tmp_path / "nothing"))
