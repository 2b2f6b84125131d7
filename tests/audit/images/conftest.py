"""Pictures made on the spot, and lists of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def put(tmp_path: Path) -> Callable[[str, bytes], str]:
    """Write a file under ``tmp_path``; gives its absolute path."""

    def write(name: str, data: bytes) -> str:
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
        return str(file)

    return write
