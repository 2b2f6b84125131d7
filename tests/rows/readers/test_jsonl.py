"""JSON lines."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datatool.errors import DatasetError
from datatool.rows import open_rows, resolve
from datatool.rows._remarks import Remarks
from datatool.rows.readers import _json_text
from datatool.rows.readers._json_text import json_chunks
from datatool.rows.text._grammar import whole_decimal

Write = Callable[[str, str | bytes], Path]
Read = Callable[..., list[tuple[Any, ...]]]


def faults(path: object) -> list[tuple[Any, ...]]:
    with open_rows(resolve(str(path))) as rows:
        found: list[tuple[Any, ...]] = (
            rows.read().execute("SELECT code, line, text, reason FROM faults ORDER BY line").fetchall()
        )
    return found


def test_lines_keep_their_numbers_and_what_is_no_object_is_named(write: Write, read: Read) -> None:
    path = write(
        "a.jsonl",
        b'\xef\xbb\xbf{"file_name": "a b.jpg", "label": 3}\n\n{"label": "1", "file_name": "c.jpg", "more": [{}]}\r\n'
        b'{"file_name": "d.jpg"}\n[1]\n{"file_name": "e\xff.jpg", "label": 0}\n{"file_name": "f.jpg", "label": 1} x\n'
        b'{"file_name": "\\ud800.jpg", "label": 1}\n{"file_name": "g.jpg", "label": [2]}\n'
        b'{"file_name": "h.jpg", "label": 5}',
    )
    assert [(row[0], row[1], row[4]) for row in read(path)] == [("a b.jpg", 3, 1), ("c.jpg", 1, 3), ("h.jpg", 5, 10)]
    assert [(code, line) for code, line, _, _ in faults(path)] == [
        ("E101", 4), ("E101", 5), ("E106", 6), ("E101", 7), ("E106", 8), ("E102", 9),
    ]  # fmt: skip
    assert faults(path)[0][2:] == ('{"file_name": "d.jpg"}', "no label in its column")


def test_an_object_on_the_first_line_is_json_whatever_the_name(write: Write, read: Read) -> None:
    path = write("list.txt", '\n{"path": "a.jpg", "label": 0}\n{"path": "b.jpg", "label": 1}\n')
    assert [(row[0], row[1], row[4]) for row in read(path)] == [("a.jpg", 0, 2), ("b.jpg", 1, 3)]


def test_an_image_may_be_an_object_with_a_path(write: Write, read: Read) -> None:
    line = json.dumps({"image": {"bytes": None, "path": "x/a.jpg"}, "label": "cat"})
    assert [row[:2] for row in read(write("a.jsonl", f"{line}\n"))] == [("x/a.jpg", 0)]


def test_without_an_object_or_its_keys_the_file_is_refused(write: Write, read: Read) -> None:
    with pytest.raises(DatasetError, match=r"an object per line; got '\[1\]'"):
        read(write("a.jsonl", "[1]\n"))
    with pytest.raises(DatasetError, match=r"one for the path; got 'picture, label'.*--path-column"):
        read(write("b.jsonl", '{"picture": "a.jpg", "label": 0}\n'))
    with pytest.raises(DatasetError, match="one-hot"):
        read(write("c.jsonl", '{"path": "a.jpg", "cat": 1, "dog": 0}\n'))


def test_a_packed_file_is_read_too(tmp_path: Path, read: Read) -> None:
    import gzip

    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"path": "a.jpg", "label": 0}\n'))
    assert [row[:2] for row in read(path)] == [("a.jpg", 0)]


def test_what_comes_through_a_pipe_is_told_by_its_first_bytes(
    tmp_path: Path, read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    import io
    import sys
    from types import SimpleNamespace

    data = b'{"path": "a.jpg", "label": "cat"}\n'
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(data)))
    assert [row[:2] for row in read("-")] == [("a.jpg", 0)]


VALUES = st.one_of(st.integers(-5, 2**70), st.sampled_from(["cat", "", " 3 ", "\u00e9", "\n", None, True, 3.0, 2.5]))
OBJECTS = st.fixed_dictionaries({"path": VALUES, "label": VALUES}, optional={"more": VALUES})


@given(st.lists(OBJECTS, min_size=1, max_size=6), st.lists(OBJECTS, max_size=3))
def test_a_block_read_as_a_whole_is_what_its_lines_are(objects: list[Any], sample: list[Any]) -> None:
    data = "".join(f"{json.dumps(one)}\n" for one in objects).encode()
    keys = {"path": "path", "label": "label"}

    def read() -> tuple[Any, ...]:
        remarks = Remarks()
        chunk, lines = json_chunks(data, keys, [*objects[:2], *sample], 1, remarks)
        assert lines == len(objects)
        # An integer among decimals is a decimal where all are read at once: 3 and 3.0 are one number in JSON.
        columns = [[value and (whole_decimal(value) or value) for value in each.to_pylist()] for each in chunk.columns]
        return columns, chunk.lines.tolist(), remarks

    with pytest.MonkeyPatch.context() as patch:
        whole = read()
        patch.setattr(_json_text, "_plain", lambda *_: None)
        assert read() == whole


@pytest.mark.parametrize("key", ["source", "Source"])
@pytest.mark.parametrize("label", ["cat", 3])
def test_sources_that_only_later_lines_have_are_read(write: Write, read: Read, key: str, label: object) -> None:
    """Generated pictures are often appended to a list of real ones, which says nothing of sources."""
    first = [json.dumps({"path": f"{n}.jpg", "label": label, "meta": {"source": "x"}}) for n in range(150)]
    later = [json.dumps({"path": f"{n}.jpg", "label": label, key: "synthetic"}) for n in range(150, 160)]

    rows = read(write("a.jsonl", "\n".join([*first, *later])))

    assert ["real"] * 150 + ["synthetic"] * 10 == [row[2] for row in rows]


def test_splits_that_only_later_lines_have_are_honoured(write: Write, read: Read) -> None:
    lines = [json.dumps({"path": f"{n}.jpg", "label": 0} | ({"split": "val"} if n > 120 else {})) for n in range(123)]
    path = write("a.jsonl", "\n".join(lines))
    assert [("121.jpg", "val"), ("122.jpg", "val")] == [(row[0], row[3]) for row in read(path)]
    assert ["W112"] * 121 == [code for code, *_ in faults(path)]


def test_a_first_line_may_be_longer_than_what_is_looked_at(write: Write, read: Read) -> None:
    line = json.dumps({"path": "a.jpg", "label": 1, "embedding": [0.125] * 20_000})
    assert [("a.jpg", 1)] == [row[:2] for row in read(write("a.jsonl", f"{line}\n"))]


def test_a_label_that_is_an_object_or_no_number_is_told(write: Write) -> None:
    path = write("a.jsonl", '{"path": "a.jpg", "label": {"path": "x"}}\n{"path": "b.jpg", "label": {"path": "y"}}\n')
    assert [("E102", 1), ("E102", 2)] == [each[:2] for each in faults(path)]
    path = write("b.jsonl", '{"path": "a.jpg", "label": NaN}\n{"path": "b.jpg", "label": 1.0}\n')
    assert [("E101", 1)] == [each[:2] for each in faults(path)]
