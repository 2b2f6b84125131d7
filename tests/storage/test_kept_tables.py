"""Tables of containers are kept, and believed only where the container is as it was."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from datatool.errors import ConfigError
from datatool.pack import index_containers
from datatool.schemas import sole_writer
from datatool.storage import Members, _members, container_of, keep_members, members_of, read, tables_folder
from tests.helpers.buckets import Bucket
from tests.helpers.containers import write_tar, write_zip
from tests.helpers.program import Cli

FILES = {"a/1.jpg": b"first", "2.jpg": b"second picture", "b\udcff.jpg": b"not UTF-8", "1.cls": b"0"}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The containers that are read for their table, whatever this process holds."""
    found: list[str] = []
    real = _members._read

    def counted(container: object) -> Members:
        found.append(container_of(container.path).path)  # type: ignore[attr-defined]
        return real(container)  # type: ignore[arg-type]

    monkeypatch.setattr(_members, "_read", counted)
    monkeypatch.setattr(_members, "_held", type(_members._held)())
    return found


def _kept(path: Path) -> Members:
    """The table of a container, kept however small it is."""
    found = members_of(str(path))
    keep_members(found)
    return found


def _again(path: Path) -> Members:
    _members._held.clear()
    return members_of(str(path))


def _same(one: Members, other: Members) -> bool:
    arrays = all((getattr(one, name) == getattr(other, name)).all() for name in ("code", "offset", "length"))
    plain = ("format", "containers", "names", "notes", "kept")
    return arrays and all(getattr(one, name) == getattr(other, name) for name in plain)


@pytest.mark.parametrize("kind", ["tar", "zip"])
def test_a_table_is_read_once_and_is_the_same_afterwards(tmp_path: Path, reads: list[str], kind: str) -> None:
    """Names that are not UTF-8, repeated ones and what was left out too."""
    files = {name: data for name, data in FILES.items() if kind == "tar" or name.isascii()}
    path = (write_tar if kind == "tar" else write_zip)(tmp_path / f"s.{kind}", files)
    if kind == "tar":
        write_tar(path, [*files.items(), ("2.jpg", b"the last stands")])
    first = _kept(path)
    assert _same(first, _again(path))
    assert reads == [str(path)]
    assert read(f"{path}/a/1.jpg", max_bytes=99) == b"first"


def test_small_containers_are_kept_only_where_they_are_asked_for(
    tmp_path: Path, home: Path, reads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reading them costs less than a file each."""
    path = write_tar(tmp_path / "s.tar", FILES)
    members_of(str(path))
    _again(path)
    assert (len(reads), home.exists()) == (2, False)
    monkeypatch.setattr(_members, "_WORTH_KEEPING", 4)
    _again(path)
    _again(path)
    assert len(reads) == 3


def test_a_container_that_changed_is_read_again(tmp_path: Path, reads: list[str]) -> None:
    """Its size, its time, or, where a copy kept both, its headers."""
    path = write_tar(tmp_path / "s.tar", FILES)
    _kept(path)
    before = path.stat()
    write_tar(path, dict(reversed(FILES.items())))
    assert _again(path).names == list(reversed(FILES))
    assert len(reads) == 2
    write_tar(path, {"x.jpg": b"x" * 1400, "y.jpg": b"y" * 10})
    data = path.read_bytes()
    path.write_bytes(data + bytes(max(0, before.st_size - len(data))))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size
    _kept(path)
    assert _again(path).names == ["x.jpg", "y.jpg"]


@pytest.mark.parametrize("harm", ["flipped", "cut", "foreign", "empty"])
def test_a_table_that_is_damaged_or_of_another_container_is_not_believed(
    tmp_path: Path, reads: list[str], harm: str
) -> None:
    """The container is read again, and the table replaced."""
    path, other = write_tar(tmp_path / "s.tar", FILES), write_tar(tmp_path / "t.tar", {"z.jpg": b"z"})
    _kept(path)
    [kept] = tables_folder().glob("*.arrow")
    data = bytearray(kept.read_bytes())
    if harm == "flipped":
        data[data.index(b"a/1.jpg")] ^= 1
    elif harm == "foreign":
        kept.rename(tmp_path / "mine")
        _kept(other)
        [theirs] = tables_folder().glob("*.arrow")
        data = bytearray(theirs.read_bytes())
    kept.write_bytes({"cut": bytes(data[: len(data) // 2]), "empty": b""}.get(harm, bytes(data)))
    reads.clear()
    assert _again(path).names == list(FILES)
    assert reads == [str(path)]


def test_index_is_locked_and_goes_on_where_it_was(tmp_path: Path, reads: list[str], cli: Cli) -> None:
    """What was kept is not read again; another process that does the same is named."""
    first, second = write_tar(tmp_path / "1.tar", FILES), write_zip(tmp_path / "2.zip", {"a.jpg": b"a"})
    index_containers([str(first)])
    _members._held.clear()
    document = index_containers([str(first), str(second)])
    assert ([each.kept for each in document.containers], document.kept) == ([True, False], 1)
    assert reads == [str(first), str(second)]
    assert "2 of them from an earlier run" in cli("index", first, second).err
    with sole_writer(tables_folder()):
        caught: list[Exception] = []

        def other() -> None:
            try:
                index_containers([str(first)])
            except ConfigError as error:
                caught.append(error)

        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert len(caught) == 1


def test_a_home_that_cannot_be_written_costs_no_more_than_reading_again(
    tmp_path: Path, home: Path, reads: list[str]
) -> None:
    """A file stands where the folder would."""
    home.write_text("in the way")
    path = write_tar(tmp_path / "s.tar", FILES)
    assert _kept(path).names == list(FILES)
    assert _again(path).names == list(FILES)
    assert len(reads) == 2


def test_the_table_of_an_object_is_kept_however_small_and_read_anew_under_another_etag(
    bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that no later run reads the whole of it again."""

    def found(url: str) -> list[str]:
        """As another process finds it."""
        monkeypatch.setattr("datatool.storage._members._held", type(_members._held)())
        monkeypatch.setattr("datatool.storage.remote._objects._states", {})
        return members_of(url).names

    url = bucket.put("s.tar", write_tar(tmp_path / "a.tar", {"a.jpg": b"first"}))
    assert found(url) == ["a.jpg"]
    gets = bucket.gets("s.tar")
    assert found(url) == ["a.jpg"]
    assert bucket.gets("s.tar") == gets
    bucket.put("s.tar", write_tar(tmp_path / "b.tar", {"b.jpg": b"other"}))
    assert found(url) == ["b.jpg"]
    assert bucket.gets("s.tar") > gets
