"""A bucket on a server of the tests' own, found by the environment that the client reads."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.range_server import RangeServer, range_server


class Bucket:
    """A bucket, by two schemes.

    Attributes:
        name: No other test has it, since stores are kept for each.
    """

    def __init__(self, server: RangeServer) -> None:
        self.server = server
        self.name = (
            f"b{server.server_address[1]}-{secrets.token_hex(4)}"  # ports come again, and states are kept by URL
        )
        self.s3 = f"s3://{self.name}"
        self.http = f"{server.url}/{self.name}"

    def put(self, key: str, data: bytes | Path) -> str:
        """Store an object; returns its URL."""
        self.server.put(f"{self.name}/{key}", data)
        return f"{self.s3}/{key}"

    def put_folder(self, key: str, folder: Path) -> str:
        """Store every file below a folder; returns the URL of the prefix."""
        self.server.put_folder(f"{self.name}/{key}", folder)
        return f"{self.s3}/{key}"

    def fault(self, key: str, *faults: object) -> None:
        """What GETs of an object meet from now on."""
        self.server.faults[f"{self.name}/{key}"] = list(faults)

    def gets(self, key: str) -> int:
        """How often an object was asked for."""
        return sum(name == f"{self.name}/{key}" for name, _ in self.server.gets)


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    """An empty bucket; skips without the client."""
    pytest.importorskip("obstore", reason="extra remote is not installed")
    with range_server() as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDOFTHETEST")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "the-secret-of-the-test")
        monkeypatch.setenv("AWS_REGION", "us-east-1")
        yield Bucket(server)
