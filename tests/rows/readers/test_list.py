from __future__ import annotations

import gzip
import io
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from datatool.errors import DatasetError
from datatool.rows import open_rows, resolve
from datatool.rows._remarks import Remarks
from datatool.rows.readers import ReadOptions
from datatool.rows.readers._list import open_list
from datatool.rows.text import _bytes
from datatool.schemas import Part

Write = Callable[[str, str | bytes], Path]
Read = Callable[..., list[tuple[Any, ...]]]


def faults(path: object) -> list[tuple[str, int, str]]:
    with open_rows(resolve(str(path))) as rows:
        found: list[tuple[str, int, str]] = (
            rows.read().execute("SELECT code, line, text FROM faults ORDER BY line").fetchall()
        )
    return found


def notes(path: object) -> dict[str, tuple[int, int]]:
    with open_rows(resolve(str(path))) as rows:
        found = rows.read().execute("SELECT reason, count, line FROM notes").fetchall()
    return {reason: (count, line) for reason, count, line in found}


def test_rows_have_their_line_and_the_folder_of_their_list_as_root(write: Write, read: Read) -> None:
    path = write("lists/a.txt", "x.jpg 0\n\ny.jpg 1\n")
    assert read(path) == [("x.jpg", 0, "real", "train", 1), ("y.jpg", 1, "real", "train", 3)]
    assert read(path, "root, file") == [(str(path.parent), str(path))] * 2


def test_a_gzip_list_of_several_members_is_read(write: Write, read: Read) -> None:
    packed = gzip.compress(b"x.jpg 0\ny.jp") + gzip.compress(b"g 1")
    assert [row[:2] for row in read(write("a.txt.gz", packed))] == [("x.jpg", 0), ("y.jpg", 1)]


def test_a_torn_gzip_list_is_refused(write: Write, read: Read) -> None:
    packed = gzip.compress(np.random.default_rng(0).bytes(100_000))[:50_000]
    with pytest.raises(DatasetError, match="gzip file must be whole"):
        read(write("a.txt.gz", packed))


def test_standard_input_is_read_in_every_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"x.jpg 0\ny.jpg 1\n")))
    with open_rows(resolve("-")) as rows:
        assert [one.fetchall() for one in rows.scan("SELECT count(*) FROM $rows")] == [[(2,)]]
        assert rows.read().execute("SELECT path, file FROM rows ORDER BY line").fetchall() == [
            ("x.jpg", "-"),
            ("y.jpg", "-"),
        ]


def test_byte_order_mark_crlf_and_blank_lines_are_counted_and_harmless(write: Write, read: Read) -> None:
    path = write("a.txt", b"\xef\xbb\xbfx.jpg 0\r\n\r\n \r\ny.jpg 1 \r\nz.jpg\t2\r\n")
    assert [row[:2] for row in read(path)] == [("x.jpg", 0), ("y.jpg", 1), ("z.jpg", 2)]
    assert notes(path) == {
        "byte order mark": (1, 1),
        "CRLF line ends": (5, 1),
        "blank lines": (2, 2),
        "blanks at the ends": (1, 4),
        "mixed separators": (1, 5),
    }


def test_a_list_without_a_final_line_end_loses_nothing(write: Write, read: Read) -> None:
    assert [row[4] for row in read(write("a.txt", "x.jpg 0\ny.jpg 1"))] == [1, 2]


def test_odd_bytes_are_faults_of_their_own_line_only(write: Write, read: Read) -> None:
    path = write("a.txt", b'a.jpg 0\nb\xff.jpg 1\nc\0.jpg 2\n"d.jpg 3\ne.jpg 4\rf.jpg 5\n\xc3\xa9.jpg 6\n')
    assert [(code, line) for code, line, _ in faults(path)] == [("E106", 2), ("E101", 3), ("E101", 5)]
    assert [(row[0], row[4]) for row in read(path)] == [("a.jpg", 1), ('"d.jpg', 4), ("é.jpg", 6)]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be", "gb18030"])
def test_text_whose_encoding_is_certain_is_read_and_named(write: Write, read: Read, encoding: str) -> None:
    mark = "\ufeff" if encoding == "gb18030" else ""
    text = f"{mark}image label\r\n" + "".join(f"图/{number}.jpg {number}\r\n" for number in range(5000))
    for name, content in (("a.txt", text.encode(encoding)), ("a.txt.gz", gzip.compress(text.encode(encoding)))):
        path = write(name, content)
        assert [row[1] for row in read(path)] == list(range(5000))
        assert faults(path) == []
        assert any(encoding.split("-")[0].upper() in reason.upper() for reason in notes(path))


def test_a_character_that_is_cut_off_is_a_fault_of_its_line(write: Write, read: Read) -> None:
    path = write("a.txt", "x.jpg 0\ny.jpg 1".encode("utf-16")[:-1])
    assert [row[0] for row in read(path)] == ["x.jpg"]
    assert [(code, line) for code, line, _ in faults(path)] == [("E106", 2)]


def test_line_numbers_are_exact_across_blocks(tmp_path: Path) -> None:
    lines = [f"dir/{number:05d}.jpg {number}" for number in range(1, 5001)]
    lines[1233], lines[4000] = "broken", ""
    path = tmp_path / "a.txt"
    path.write_text("\n".join(lines))
    part = Part(kind="list", path=str(path), root=tmp_path)
    for block in (7, 64, 1000, 1 << 20):
        remarks = Remarks()
        batches = list(open_list(part, path, ReadOptions(), block=block).batches(remarks))
        rows = [row for batch in batches for row in batch.to_pylist()]
        assert all(row["label"] == row["line"] for row in rows)
        assert len(rows) == 4998
        assert [fault[1] for fault in remarks.faults] == [1234]


def test_picked_lines_bring_their_rows(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"\xef\xbb\xbf" + b"".join(b"dir/%05d.jpg %d\r\n" % (line, line) for line in range(1, 5001)))
    part = Part(kind="list", path=str(path), root=tmp_path)
    pick = open_list(part, path, ReadOptions(), block=4096).pick
    assert pick is not None
    wanted = np.array([1, 2, 777, 778, 5000])
    rows = [row for batch in pick(wanted) for row in batch.to_pylist()]
    assert {row["line"]: row["label"] for row in rows}.items() >= {line: line for line in wanted.tolist()}.items()
    assert all(row["label"] == row["line"] for row in rows)


def test_a_line_longer_than_any_block_is_read(tmp_path: Path, read: Read) -> None:
    path = tmp_path / "a.txt"
    path.write_text("x.jpg 0\n" + "y" * 5_000_000 + " 1\nz.jpg 2\n")
    assert [(len(row[0]), row[4]) for row in read(path)] == [(5, 1), (5_000_000, 2), (5, 3)]


def test_a_file_without_line_ends_is_refused_before_it_fills_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read: Read
) -> None:
    monkeypatch.setattr("datatool.rows.text._bytes.MAX_LINE", 1 << 20)
    path = tmp_path / "a.txt"
    path.write_bytes(b"x" * (8 << 20))
    with pytest.raises(DatasetError, match="line must be at most"):
        read(path)


def test_faults_beyond_what_memory_holds_all_reach_their_table(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("datatool.rows._pass._FLUSH", 10)
    monkeypatch.setattr("datatool.rows.readers._list.BLOCK", 64)
    path = write("a.txt", "".join(f"x{number}.jpg {'cat' if number % 2 else number}\n" for number in range(1000)))
    assert [line for _, line, _ in faults(path)] == list(range(2, 1001, 2))


def test_a_named_pipe_is_read_once_and_seen_in_every_pass(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(b"x.jpg 0\ny.jpg 1\n",))
    writer.start()
    with open_rows(resolve(str(pipe))) as rows:
        assert [one.fetchall() for one in rows.scan("SELECT count(*) FROM $rows")] == [[(2,)]]
        assert rows.read().execute("SELECT path FROM rows ORDER BY line").fetchall() == [("x.jpg",), ("y.jpg",)]
    writer.join()


def test_standard_input_named_twice_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"x.jpg 0\n")))
    with pytest.raises(DatasetError, match="named once; got - twice"), open_rows(resolve("-", splits={"val": "-"})):
        pass


def test_a_line_too_long_in_the_middle_is_refused_in_one_sentence(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_bytes, "MAX_LINE", 1 << 20)
    path = write("a.txt", "a.jpg 0\n" + "b" * (3 << 20))
    with pytest.raises(DatasetError, match=r"^line must be at most 1 MiB; got a longer one \(.*a\.txt\)\.$"):
        faults(path)


def test_a_gzip_torn_far_behind_its_start_is_refused_in_one_sentence(write: Write) -> None:
    packed = gzip.compress("".join(f"{n * 7919}.jpg 1\n" for n in range(100_000)).encode())
    path = write("a.txt.gz", packed[: len(packed) // 2])
    with pytest.raises(DatasetError, match=r"^gzip file must be whole; "):
        faults(path)
