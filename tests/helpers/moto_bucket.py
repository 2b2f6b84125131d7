"""A bucket of moto, which other people wrote to behave as S3 does, found by the environment that the client reads."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

_NAME = "pictures-of-moto"


class MotoBucket:
    """An empty bucket.

    Attributes:
        root: The server.
        url: Of the bucket.
    """

    def __init__(self, root: str) -> None:
        from obstore.store import S3Store

        self.root = root
        self.url = f"s3://{_NAME}"
        self.store: Any = S3Store(_NAME, client_options={"allow_http": True})

    def put(self, key: str, data: bytes | Path) -> str:
        """Store an object; returns its URL."""
        import obstore

        obstore.put(self.store, key, data)
        return f"{self.url}/{key}"

    def get(self, key: str) -> bytes:
        """The bytes of an object."""
        import obstore

        return bytes(obstore.get(self.store, key).bytes())

    def delete(self, key: str) -> None:
        """Delete an object."""
        import obstore

        obstore.delete(self.store, key)

    def names(self, prefix: str = "") -> list[str]:
        """The keys below a prefix, without it."""
        import obstore

        found = [meta["path"] for some in obstore.list(self.store, prefix=prefix or None) for meta in some]
        return sorted(str(name).removeprefix(f"{prefix}/") for name in found)

    def fetched(self, prefix: str, folder: Path) -> Path:
        """A copy of what lies below a prefix."""
        for name in self.names(prefix):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(self.get(f"{prefix}/{name}"))
        return folder


@pytest.fixture
def moto(monkeypatch: pytest.MonkeyPatch) -> Iterator[MotoBucket]:
    """A server of its own with an empty bucket; skips without the client or moto."""
    pytest.importorskip("obstore", reason="extra remote is not installed")
    server = pytest.importorskip("moto.server", reason="moto is not installed")
    made = server.ThreadedMotoServer(port=0, verbose=False)
    made.start()
    _, port = made.get_host_and_port()
    root = f"http://127.0.0.1:{port}"
    monkeypatch.setenv("AWS_ENDPOINT_URL", root)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setattr("datatool.storage.remote._client._stores", {})
    monkeypatch.setattr("datatool.storage.remote._objects._states", {})
    for method, path in (("POST", "moto-api/reset"), ("PUT", _NAME)):  # objects outlive a server in a process
        urllib.request.urlopen(urllib.request.Request(f"{root}/{path}", data=b"", method=method)).close()
    yield MotoBucket(root)
    made.stop()
