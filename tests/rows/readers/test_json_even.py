"""Lines of JSON that are alike but for their texts: what is cut out at once is what each line says."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datatool.rows.readers._json_even import even_texts

KEYS = {"path": "path", "label": "label"}
RAW = st.text('ab",:{}\\ \x01\t\u00e9', max_size=14)  # as it stands in the file: often no JSON at all


@given(
    st.lists(st.tuples(RAW, RAW), min_size=1, max_size=5),
    st.sampled_from(
        ['{{"path":"{}","label":"{}"}}', '{{"path": "{}", "label": "{}"}}', ' {{"label":"{}","path":"{}"}} ']
    ),
)
def test_what_is_cut_out_is_what_the_lines_say(texts: list[tuple[str, str]], form: str) -> None:
    lines = [form.format(*each) for each in texts]
    found = even_texts("".join(f"{line}\n" for line in lines).encode(), KEYS)
    if found is not None:
        objects = [json.loads(line) for line in lines]
        assert {role: column.to_pylist() for role, column in found.items()} == {
            key: [one[key] for one in objects] for key in KEYS
        }


@pytest.mark.parametrize("more", ["", ',"more":"x"'])
def test_lines_of_one_program_are_cut_out(more: str) -> None:
    lines = [f'{{"path":"images of {n}/\u00e9.jpg","label":"{"c" * (n % 20)}"{more}}}\n' for n in range(500)]
    found = even_texts("".join(lines).encode(), KEYS)
    assert found is not None
    assert found["path"].to_pylist() == [f"images of {n}/\u00e9.jpg" for n in range(500)]
    assert found["label"].to_pylist() == ["c" * (n % 20) for n in range(500)]


@pytest.mark.parametrize(
    "line",
    [
        '{"path":"a,b.jpg","label":"x"}',
        '{"path":"a\\u00e9.jpg","label":"x"}',
        '{"path":"a.jpg","label":3}',
        '{"path":"a.jpg", "label":"x"}',
        '{"label":"x","path":"a.jpg"}',
        '{"path":","label":"x""}',
        '{"path":"a\t.jpg","label":"x"}',
        '{"path":"a.jpg","label":"x"} {"path":"b.jpg","label":"y"}',
        '{"path":"a.jpg"}',
        "",
    ],
)
def test_any_other_line_is_left_to_the_parser(line: str) -> None:
    even = '{"path":"a.jpg","label":"x"}\n' * 3
    assert even_texts(even.encode(), KEYS) is not None
    assert even_texts(f"{even}{line}\n".encode(), KEYS) is None
    assert even_texts(f"{even}{line}\n{even}".encode(), KEYS) is None


def test_bytes_that_are_no_text_are_left_to_the_parser() -> None:
    assert even_texts(b'{"path":"a\xff.jpg","label":"x"}\n', KEYS) is None
