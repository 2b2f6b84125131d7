"""Rows of tables through the door, by their place."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from datatool.storage import open_stream, read, row_name, signature
from tests.helpers.containers import named_pictures
from tests.helpers.image_tables import WRITERS, images_table


@pytest.mark.parametrize("kind", ["arrow", "parquet"])
def test_rows_of_plain_tables_are_read_by_their_place(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is decoded, in whatever order they are asked for, and a table written anew gives its new bytes."""
    monkeypatch.setattr("datatool.storage._door.row_bytes", lambda row: pytest.fail(f"decoded {row}"))
    files = named_pictures()
    path = WRITERS[kind](tmp_path / f"t.{kind}", images_table(files))
    for number, (name, data) in reversed(list(enumerate(files.items(), start=1))):
        locator = f"{path}/image/{row_name(number, name)}"
        assert read(locator, max_bytes=1 << 20) == data
        assert signature(locator) == (len(data), path.stat().st_mtime_ns)
        with open_stream(locator) as stream:
            assert stream.read(3) + stream.readall() == data
    again = dict(reversed(files.items()))
    WRITERS[kind](path, images_table(again))
    os.utime(path, ns=(1, 1))
    assert read(f"{path}/image/00000001", max_bytes=1 << 20) == next(iter(again.values()))
