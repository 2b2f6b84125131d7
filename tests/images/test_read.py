from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from datatool.images import UnreadableError, read_encoded
from datatool.storage import _local
from tests.helpers.pictures import jpeg


def test_a_file_comes_with_its_header(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(jpeg(width=90, height=70))
    encoded = read_encoded(str(tmp_path / "a.jpg"), max_pixels=90 * 70)
    assert (encoded.header.width, encoded.header.height, encoded.repaired) == (90, 70, "")
    assert encoded.data == jpeg(width=90, height=70)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("nothing.jpg", "No such file"),
        ("a.jpg/b.jpg", "Not a directory"),
        (".", "Is a directory"),
        ("x\0y", "NUL"),
        ("n" * 300, "File name too long"),
    ],
)
def test_what_cannot_be_opened_says_why(tmp_path: Path, name: str, reason: str) -> None:
    (tmp_path / "a.jpg").write_bytes(jpeg())
    with pytest.raises(UnreadableError, match=reason):
        read_encoded(f"{tmp_path}/{name}", max_pixels=10**9)


def test_a_file_that_comes_in_parts_is_read_to_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system may return less than was asked for, and says so by returning nothing at the end."""
    data = jpeg()
    (tmp_path / "a.jpg").write_bytes(data)
    whole = os.read
    monkeypatch.setattr(os, "read", lambda handle, size: whole(handle, min(size, 1000)))
    assert read_encoded(str(tmp_path / "a.jpg"), max_pixels=10**9).data == data


@pytest.mark.timeout(20)
def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")

    with pytest.raises(UnreadableError, match="a pipe or a device"):
        read_encoded(str(tmp_path / "pipe.jpg"), max_pixels=10**9)


def test_a_passing_error_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.jpg").write_bytes(jpeg())
    faults = [OSError(errno.EIO, "Input/output error")] * 2
    opened = os.open

    def flaky(*arguments: object) -> int:
        if faults:
            raise faults.pop()
        return opened(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "open", flaky)
    monkeypatch.setattr(_local, "_RETRY_SECONDS", 0.0)
    assert read_encoded(str(tmp_path / "a.jpg"), max_pixels=10**9).data == jpeg()


def test_a_lasting_error_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tried = []

    def broken(*arguments: object) -> int:
        tried.append(arguments)
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "open", broken)
    monkeypatch.setattr(_local, "_RETRY_SECONDS", 0.0)
    with pytest.raises(UnreadableError, match="Input/output error"):
        read_encoded(str(tmp_path / "a.jpg"), max_pixels=10**9)
    assert len(tried) == _local.READ_ATTEMPTS


def test_a_file_far_larger_than_any_picture_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(jpeg())
    os.truncate(tmp_path / "a.jpg", 1 << 40)
    with pytest.raises(UnreadableError, match=r"1,099,511,627,776 bytes, more than a picture of max_pixels needs"):
        read_encoded(str(tmp_path / "a.jpg"), max_pixels=178_000_000)
