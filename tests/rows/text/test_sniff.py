from __future__ import annotations

import pytest

from datatool.rows.text._sniff import sniff_separator


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["a.jpg 0", "b.jpg 1"], " "),
        (["a b.jpg\t0", "c d.jpg\t1"], "\t"),
        (["a b.jpg,0", "c.jpg,1"], ","),
        (["tench, Tinca tinca/a.jpg 0"], " "),
        (["a.jpg, 0", "b.jpg, 1"], ","),
        (["a.jpg  0", "a.jpg   0"], " "),
        (["x.jpg\t0,1,0", "y.jpg\t1,0,0"], "\t"),
        (["x.jpg 0,1,0", "y.jpg 1,0,0"], " "),
        (["x.jpg 0 9", "y.jpg 1 9"], " "),
        (['"trash1.jpg" "trash"'], " "),
        (["a.jpg 0", "b.jpg\t1", "c.jpg 2"], " "),
        (["a.jpg,golden retriever", "b c.jpg,tabby cat"], ","),
        ([], " "),
    ],
)
def test_the_separator_is_that_of_most_lines(lines: list[str], expected: str) -> None:
    assert sniff_separator(lines) == expected
