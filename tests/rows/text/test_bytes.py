"""Blocks of whole lines: the same bytes whatever they are read from."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import pytest

from datatool.rows.text import _bytes
from datatool.rows.text._bytes import line_blocks, open_bytes
from datatool.schemas import DatasetError

TEXTS = (b"", b"a", b"a\n", b"\n\n", b"a 1\nbb 2\n\nccc 3", b"x" * 50 + b"\n" + b"y\n" * 40, b"ab\n" * 100 + b"z" * 70)


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("size", [1, 7, 16, 64, 1000])
@pytest.mark.parametrize("last", [1, 5, 1 << 12])
def test_a_file_a_gzip_file_and_a_stream_give_the_same_lines(
    text: bytes, size: int, last: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_bytes, "_LAST", last)
    plain, packed = tmp_path / "list.txt", tmp_path / "list.gz"
    plain.write_bytes(text)
    packed.write_bytes(gzip.compress(text))
    whole = text if text.endswith(b"\n") or not text else text + b"\n"
    for path in (plain, packed):
        with open_bytes(path) as stream:
            blocks = list(line_blocks(stream, file=path, size=size))
        assert b"".join(blocks) == whole
        assert all(block.endswith(b"\n") for block in blocks)
    assert b"".join(line_blocks(io.BytesIO(text), file="stream", size=size)) == whole


def test_a_block_of_a_file_is_what_was_read(tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    path.write_bytes(b"a.jpg 0\n" * 1000)
    with open_bytes(path) as stream:
        blocks = list(line_blocks(stream, file=path, size=100))
    assert [len(block) for block in blocks] == [96] * 83 + [32]


def test_a_line_that_never_ends_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_bytes, "MAX_LINE", 1 << 20)
    path = tmp_path / "list.txt"
    path.write_bytes(b"x" * (3 << 20))
    with open_bytes(path) as stream, pytest.raises(DatasetError, match="line must be at most 1 MiB"):
        list(line_blocks(stream, file=path, size=1 << 19))
