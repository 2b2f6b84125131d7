"""The same against moto, which other people wrote to behave as S3 does."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from datatool.balance import make_plan
from datatool.errors import LoaderError
from datatool.loader import BalancedLoader
from datatool.rows import open_rows, resolve
from datatool.storage import ChangedError, Member, container_of, members_of, read
from tests.helpers.containers import named_pictures, write_files, write_tar
from tests.helpers.written_plans import LOADER_OPTIONS, pixels

pytest.importorskip("obstore", reason="extra remote is not installed")
server = pytest.importorskip("moto.server", reason="moto is not installed")
BUCKET = "s3://pictures-of-moto"


@pytest.fixture
def url(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A server with an empty bucket, which the environment names."""
    made = server.ThreadedMotoServer(port=0, verbose=False)
    made.start()
    host, port = made.get_host_and_port()
    root = f"http://{host if host != '0.0.0.0' else '127.0.0.1'}:{port}"
    monkeypatch.setenv("AWS_ENDPOINT_URL", root)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setattr("datatool.storage.remote._client._stores", {})
    monkeypatch.setattr("datatool.storage.remote._objects._states", {})
    urllib.request.urlopen(urllib.request.Request(f"{root}/pictures-of-moto", data=b"", method="PUT")).close()
    yield root
    made.stop()


def _put(key: str, data: bytes) -> None:
    import obstore
    from obstore.store import S3Store

    obstore.put(S3Store("pictures-of-moto", client_options={"allow_http": True}), key, data)


def test_batches_over_moto_are_those_over_files(url: str, tmp_path: Path) -> None:
    files = named_pictures(12)
    listed = write_files(tmp_path / "files", files)
    for file in (tmp_path / "files").rglob("*.*"):
        _put(f"files/{file.relative_to(tmp_path / 'files')}", file.read_bytes())
    _put("shards/s-0.tar", write_tar(tmp_path / "s.tar", files).read_bytes())
    found = []
    for number, given in enumerate((listed, f"{BUCKET}/files/list.txt", f"{BUCKET}/files", f"{BUCKET}/shards/s-*.tar")):
        with open_rows(resolve(str(given))) as rows:
            plan = make_plan(rows, strategy="oversample", out=tmp_path / f"{number}.plan", seed=3)
        with BalancedLoader(plan, **LOADER_OPTIONS) as loader:
            found.append(pixels(list(loader.epoch(0))))
    for other in found[1:]:
        assert np.array_equal(found[0], other)


def test_a_shard_that_moto_was_given_anew_is_an_error(url: str, tmp_path: Path) -> None:
    _put("s.tar", write_tar(tmp_path / "s.tar", {"a.jpg": b"first" * 100}).read_bytes())
    members = members_of(f"{BUCKET}/s.tar")
    assert container_of(f"{BUCKET}/s.tar").etag
    _put("s.tar", write_tar(tmp_path / "t.tar", {"a.jpg": b"other" * 100}).read_bytes())
    with pytest.raises(ChangedError, match=r"s\.tar"):
        read(Member(f"{BUCKET}/s.tar/a.jpg", members.span_at(0)), max_bytes=1000)


def test_a_bucket_that_is_not_there_is_said(url: str) -> None:
    with pytest.raises((LoaderError, FileNotFoundError)):
        container_of("s3://no-such-bucket/s.tar")
