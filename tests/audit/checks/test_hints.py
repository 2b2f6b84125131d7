"""What findings advise: the command or sentence fits what is wrong, and running it mends it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

from datatool.schemas import Finding
from tests.helpers.lists import rows

Findings = Callable[..., dict[str, Finding]]


def test_words_that_are_mapped_are_not_advised_to_be_dropped(find: Findings) -> None:
    found = find("a.jpg cat\nb.jpg dog\n")
    assert found["E102"].hint == found["E107"].hint
    assert "relabel" in found["E102"].hint


def test_reversed_columns_are_turned_round_by_the_line_that_is_advised(find: Findings, tmp_path: Path) -> None:
    hint = find("0 a b.jpg\n12 b.jpg\n")["E102"].hint
    command = hint[hint.index("sed ") : hint.index(" turns")]
    (tmp_path / "LIST").write_text("0 a b.jpg\n12\tb.jpg\n")
    subprocess.run(command, shell=True, cwd=tmp_path, check=True)
    assert (tmp_path / "NEW").read_text() == "a b.jpg 0\nb.jpg 12\n"


def test_a_few_labels_that_are_no_integers_are_dropped(find: Findings) -> None:
    assert "clean" in find("a.jpg 1.5\n" + rows({0: 3}))["E102"].hint


def test_equal_classes_are_not_advised_where_they_would_cost_an_epoch_of_hundreds(find: Findings) -> None:
    few, many = {0: 200, 1: 2}, {0: 200} | dict.fromkeys(range(1, 100), 2)
    assert "--strategy oversample" in find(rows(few))["W701"].hint
    assert "--strategy sqrt" in find(rows(many))["W701"].hint
