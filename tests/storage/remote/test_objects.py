"""Objects and members of containers in buckets, through the door."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from datatool.errors import DatasetError
from datatool.storage import (
    StorageError,
    container_of,
    exists,
    is_file,
    locate,
    members_of,
    names_in,
    open_stream,
    read,
    read_head,
    signature,
)
from datatool.storage.remote import _stream
from tests.helpers.buckets import Bucket
from tests.helpers.containers import write_tar, write_zip
from tests.helpers.program import REPOSITORY

FILES = {"a/1.jpg": b"first", "a/1.cls": b"3", "2.jpg": b"second picture" * 100, "long" * 60 + ".jpg": b"third"}


@pytest.mark.parametrize("kind", ["tar", "zip"])
@pytest.mark.parametrize("scheme", ["s3", "http"])
def test_a_url_that_leads_through_a_container_names_its_member(
    bucket: Bucket, tmp_path: Path, kind: str, scheme: str
) -> None:
    path = (write_tar if kind == "tar" else write_zip)(tmp_path / f"s.{kind}", FILES)
    bucket.put(path.name, path)
    url = f"{getattr(bucket, scheme)}/{path.name}"
    for name, data in FILES.items():
        locator = locate(url, name)
        assert exists(locator)
        assert is_file(locator)
        assert read(locator, max_bytes=1 << 20) == data
        assert read_head(locator, 3) == data[:3]
        assert signature(locator).size == len(data)
        with open_stream(locator) as stream:
            assert stream.read(2) + stream.readall() == data
    with pytest.raises(StorageError, match="No such file"):
        read(f"{url}/gone.jpg", max_bytes=100)
    local = members_of(str(path))
    remote = members_of(url)
    assert (remote.names, remote.offset.tolist()) == (local.names, local.offset.tolist())


def test_a_whole_object_is_read_like_a_file(bucket: Bucket) -> None:
    url = bucket.put("images/1.jpg", b"bytes")
    assert read(url, max_bytes=10) == b"bytes"
    assert read_head(url, 2) == b"by"
    with pytest.raises(StorageError, match="5 bytes"):
        read(url, max_bytes=4)
    assert names_in(f"{bucket.s3}/images") == ["1.jpg"]


def test_the_signature_of_an_object_tells_another_etag(bucket: Bucket) -> None:
    before = signature(bucket.put("1.jpg", b"12345"))
    assert signature(bucket.put("1.jpg", b"54321")) != before  # same size, same second


def test_a_tar_is_read_from_front_to_back_in_windows(
    bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_stream, "WINDOW", 4096)
    files = {f"{number:03}.jpg": os.urandom(700 + number) for number in range(100)}
    path = write_tar(tmp_path / "s.tar", files)
    url = bucket.put("s.tar", path)
    assert members_of(url).offset.tolist() == members_of(str(path)).offset.tolist()
    assert bucket.gets("s.tar") <= path.stat().st_size // 4096 + 1


def test_bytes_of_labels_come_along_with_the_table(bucket: Bucket, tmp_path: Path) -> None:
    url = bucket.put("s.tar", write_tar(tmp_path / "s.tar", FILES))
    members = members_of(url)
    assert list(members.kept.values()) == [b"3"]


@pytest.mark.parametrize("end", ["whole", "cut"])
def test_a_damaged_tar_is_refused_by_its_url(bucket: Bucket, tmp_path: Path, end: str) -> None:
    data = write_tar(tmp_path / "s.tar", FILES).read_bytes()
    url = bucket.put("s.tar", data[:700] if end == "cut" else b"GIF89a" * 200)
    with pytest.raises(DatasetError, match=r"s\.tar"):
        members_of(url)


def test_containers_hold_size_and_etag(bucket: Bucket, tmp_path: Path) -> None:
    path = write_tar(tmp_path / "s.tar", FILES)
    found = container_of(bucket.put("s.tar", path))
    assert found.size == path.stat().st_size
    assert len(found.etag) == 34


_FORK = """
import os, sys
from datatool.storage import exists, read
url, use = sys.argv[1:]
read(url, max_bytes=100)
child = os.fork()
if not child:
    try:
        exists(url) if use == "look" else read(url, max_bytes=100)
    except Exception as error:
        print(type(error).__name__, error, flush=True)
        os._exit(7)
    os._exit(0)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.parametrize("use", ["read", "look"])
def test_a_fork_after_use_is_a_sentence_at_once(bucket: Bucket, use: str) -> None:
    """A loader that begins looks for its first images: they are not said to be missing."""
    url = bucket.put("1.jpg", b"bytes")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", _FORK, url, use],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        timeout=60,
    )
    assert done.returncode == 7, done.stderr
    assert "a fork of one that had read some" in done.stdout


def test_without_the_client_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from datatool.errors import MissingDependencyError

    monkeypatch.setitem(sys.modules, "obstore", None)
    with pytest.raises(MissingDependencyError, match=r"pip install '\.\[remote\]'"):
        read("s3://bucket/a.jpg", max_bytes=100)
    with pytest.raises(MissingDependencyError, match=r"pip install '\.\[remote\]'"):
        exists("s3://bucket/a.jpg")
