"""The vectorised reader gives what the grammar gives, line by line."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from datatool.rows._remarks import Remarks
from datatool.rows.text._block import parse_block, parse_one, pick_lines

SEPARATORS = st.sampled_from([" ", "\t", ","])
TOKENS = st.one_of(
    st.sampled_from(
        ["a.jpg", "x/y.JPEG", "b.png", "dir/no_extension", "é.jpg", "文/图.jpg", '"q.jpg"', '"', "x", "..", "/a"]
    ),
    st.text(st.sampled_from('ab.j,"pg /\t019-é\0\r'), max_size=20),
)
LABELS = st.one_of(
    st.integers(-3, 99999).map(str),
    st.integers(0, 10**12).map(str),
    st.sampled_from(["", "cat", "1.0", "1_0", "12345678", "123456789", "00000000", "99999999", " 5", "5 ", "5\r"]),
)
LINES = st.lists(
    st.one_of(
        st.tuples(TOKENS, st.sampled_from([" ", "\t", ",", "  ", " , "]), LABELS).map("".join),
        st.sampled_from(["", " ", "\r"]),
    ).map(lambda text: text.encode()),
    min_size=1,
    max_size=30,
)
RAW = st.lists(st.one_of(LINES.map(b"\n".join), st.binary(max_size=60)), min_size=1, max_size=4).map(b"\n".join)


def by_grammar(data: bytes, separator: str) -> tuple[set[tuple[str, int, int]], Remarks]:
    remarks = Remarks()
    rows = set()
    for number, raw in enumerate(data.split(b"\n")[:-1], start=1):
        if raw.endswith(b"\r"):
            raw = raw[:-1]
        row = parse_one(raw, line=number, separator=separator, remarks=remarks)
        if row is not None:
            rows.add(row)
    return rows, remarks


@settings(max_examples=400, deadline=None)
@given(data=RAW, separator=SEPARATORS)
def test_a_block_is_read_as_the_grammar_reads_its_lines(data: bytes, separator: str) -> None:
    data += b"\n"
    expected, by_line = by_grammar(data, separator)
    remarks = Remarks()
    batches, lines = parse_block(data, separator=separator, first_line=1, remarks=remarks)
    found = [tuple(row.values()) for batch in batches for row in batch.to_pylist()]
    assert lines == data.count(b"\n")
    assert len(found) == len(set(found))
    assert set(found) == expected
    assert remarks.faults == by_line.faults
    assert remarks.words == by_line.words
    assert remarks.extras == by_line.extras
    tidy = {key: value[0] for key, value in remarks.notes.items() if key[1] != "CRLF line ends"}
    assert tidy == {key: value[0] for key, value in by_line.notes.items()}


@settings(max_examples=100, deadline=None)
@given(data=RAW, separator=SEPARATORS)
def test_picked_lines_are_the_rows_of_those_lines(data: bytes, separator: str) -> None:
    import numpy as np

    data += b"\n"
    expected, _ = by_grammar(data, separator)
    picked = pick_lines(data, np.arange(data.count(b"\n")), separator=separator)
    assert {(path, label, line + 1) for path, label, line in picked} == expected


def test_labels_of_every_length_are_exact() -> None:
    labels = [10**power - delta for power in range(11) for delta in (0, 1) if 10**power - delta <= 2**31 - 1]
    data = "".join(f"path/{label}.jpg {label}\n" for label in labels).encode()
    batches, _ = parse_block(data, separator=" ", first_line=1, remarks=Remarks())
    rows = {row["path"]: row["label"] for batch in batches for row in batch.to_pylist()}
    assert rows == {f"path/{label}.jpg": label for label in labels}


def test_short_and_long_paths_are_cut_out_whole() -> None:
    paths = ["x" * length for length in range(1, 40)]
    data = "".join(f"{path} 3\n" for path in paths).encode()
    batches, _ = parse_block(data, separator=" ", first_line=1, remarks=Remarks())
    assert sorted(row["path"] for batch in batches for row in batch.to_pylist()) == paths
