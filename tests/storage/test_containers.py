from __future__ import annotations

import os
import pickle
import subprocess
import zipfile
from pathlib import Path

import pytest

from datatool.errors import DatasetError, LoaderError
from datatool.storage import (
    ChangedError,
    Member,
    StorageError,
    check_containers,
    container_of,
    exists,
    is_file,
    locate,
    members_of,
    open_stream,
    read,
    read_head,
    signature,
)
from tests.helpers.containers import write_tar, write_zip

FILES = {"a/1.jpg": b"first", "2.jpg": b"second picture"}


@pytest.mark.parametrize("kind", ["tar", "zip"])
def test_a_path_that_leads_through_a_container_names_its_member(tmp_path: Path, kind: str) -> None:
    path = (write_tar if kind == "tar" else write_zip)(tmp_path / f"s.{kind}", FILES)
    for name, data in FILES.items():
        locator = locate(str(path), name)
        assert exists(locator)
        assert is_file(locator)
        assert read(locator, max_bytes=100) == data
        assert read_head(locator, 3) == data[:3]
        assert signature(locator) == (len(data), path.stat().st_mtime_ns)
        with open_stream(locator) as stream:
            assert stream.read(2) + stream.readall() == data
    assert not exists(f"{path}/gone.jpg")
    with pytest.raises(StorageError, match="No such file"):
        read(f"{path}/gone.jpg", max_bytes=100)
    with pytest.raises(StorageError, match="14 bytes"):
        read(f"{path}/2.jpg", max_bytes=10)


def test_names_of_members_never_touch_the_file_system(tmp_path: Path) -> None:
    (tmp_path / "secret.jpg").write_bytes(b"secret")
    path = write_tar(tmp_path / "s.tar", {"../secret.jpg": b"up", str(tmp_path / "secret.jpg"): b"absolute"})
    assert read(locate(str(path), "../secret.jpg"), max_bytes=100) == b"up"
    assert read(locate(str(path), str(tmp_path / "secret.jpg")), max_bytes=100) == b"absolute"


def test_a_member_travels_with_its_place(tmp_path: Path) -> None:
    path = write_tar(tmp_path / "s.tar", FILES)
    span = members_of(str(path)).span("2.jpg")
    assert span is not None
    member = pickle.loads(pickle.dumps(Member(f"{path}/2.jpg", span)))
    assert (member, member.span) == (f"{path}/2.jpg", span)
    assert read(member, max_bytes=100) == b"second picture"


def test_a_container_that_changed_is_named_and_never_gives_other_bytes(tmp_path: Path) -> None:
    path = write_tar(tmp_path / "s.tar", FILES)
    span = members_of(str(path)).span("2.jpg")
    assert span is not None
    member = Member(f"{path}/2.jpg", span)
    assert read(member, max_bytes=100) == b"second picture"
    write_tar(path, dict(reversed(FILES.items())))
    os.utime(path, ns=(1, span.container.mtime + 1))
    for change in (lambda: read(member, max_bytes=100), lambda: check_containers([span.container])):
        with pytest.raises(ChangedError, match=r"s\.tar.*another modification time.*datatool balance"):
            change()
    os.truncate(path, 512)
    with pytest.raises(LoaderError, match="512 bytes instead of"):
        read(member, max_bytes=100)


def test_a_container_that_was_replaced_is_read_by_its_new_table(tmp_path: Path) -> None:
    path = write_tar(tmp_path / "s.tar", FILES)
    assert read(f"{path}/2.jpg", max_bytes=100) == b"second picture"
    write_tar(tmp_path / "new.tar", {"2.jpg": b"new"}).replace(path)
    os.utime(path, ns=(1, container_of(str(path)).mtime + 1))
    assert read(f"{path}/2.jpg", max_bytes=100) == b"new"


def test_more_containers_than_may_be_open_are_all_read(tmp_path: Path) -> None:
    paths = [write_tar(tmp_path / f"{number}.tar", {"a.jpg": str(number).encode()}) for number in range(300)]
    for _ in range(2):
        assert [read(f"{path}/a.jpg", max_bytes=100) for path in paths] == [str(n).encode() for n in range(300)]
    held = {os.path.realpath(each) for each in Path("/proc/self/fd").iterdir()}
    assert 0 < len(held.intersection(map(str, paths))) <= 256


def test_members_of_a_zip_that_are_compressed_or_encrypted_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "s.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.jpg", b"stored")
        archive.writestr("b.jpg", b"deflated" * 9, compress_type=zipfile.ZIP_DEFLATED)
        archive.writestr("folder/", b"")
    members = members_of(str(path))
    assert members.names == ["a.jpg"]
    assert members.barred == [("b.jpg", "compressed")]


def test_data_of_a_zip_begin_where_the_local_header_says(tmp_path: Path) -> None:
    """Info-ZIP writes other extra fields in front of the data than in the central directory."""
    (tmp_path / "a.jpg").write_bytes(b"picture")
    if not any(os.access(f"{folder}/zip", os.X_OK) for folder in os.environ["PATH"].split(":")):
        pytest.skip("Info-ZIP is not installed")
    subprocess.run(["zip", "-0", "-q", "s.zip", "a.jpg"], cwd=tmp_path, check=True)
    assert read(f"{tmp_path}/s.zip/a.jpg", max_bytes=100) == b"picture"


def test_a_zip_that_was_streamed_has_its_sizes_behind_the_data(tmp_path: Path) -> None:
    path = tmp_path / "s.zip"
    with (
        path.open("wb") as stream,
        zipfile.ZipFile(_Unseekable(stream), "w") as archive,  # type: ignore[call-overload]
    ):
        archive.writestr("a.jpg", b"first")
        archive.writestr("b.jpg", b"second")
    assert read(f"{path}/a.jpg", max_bytes=100) == b"first"
    assert read(f"{path}/b.jpg", max_bytes=100) == b"second"


class _Unseekable:
    def __init__(self, stream: object) -> None:
        self.write = stream.write  # type: ignore[attr-defined]
        self.flush = stream.flush  # type: ignore[attr-defined]


def test_a_damaged_zip_is_refused(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "s.zip", FILES)
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(DatasetError, match=r"a zip must be whole.*s\.zip"):
        members_of(str(path))
