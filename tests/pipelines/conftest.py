from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest


@pytest.fixture
def hanging_reads(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Reading a file waits for this event, as on a network disk that is gone."""
    found = threading.Event()

    def read_once(path: str, max_bytes: int) -> bytes:
        found.wait(60)
        return b""

    monkeypatch.setattr("datatool.storage._local._read_once", read_once)
    yield found
    found.set()
