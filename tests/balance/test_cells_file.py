from __future__ import annotations

from pathlib import Path

import pytest

from datatool.balance._cells_file import cell_shares, cell_weights, read_cells_file
from datatool.errors import ConfigError
from datatool.samplers import Share
from tests.helpers.cells import counts_of
from tests.helpers.lists import MakePlan

COUNTS = counts_of((0, "real", 30), (0, "synthetic", 10), (2, "real", 5))
NAMES = {0: "cat", 2: "dog, large"}


def _file(folder: Path, text: str) -> Path:
    file = folder / "cells.csv"
    file.write_text(text)
    return file


def test_shares_are_given_to_cells_to_classes_and_to_sources(tmp_path: Path) -> None:
    file = _file(tmp_path, 'class,source,share\ncat,,0.4\n"dog, large",real,0.6\n*,synthetic,0.2\n')
    share, margins = cell_shares(read_cells_file(file, "share", NAMES), COUNTS, file=file)

    assert share.tolist() == pytest.approx([0.3, 0.1, 0.6])
    assert margins == (Share(label=None, source="synthetic", share=0.2),)


def test_source_lines_alone_keep_the_proportions_of_classes(tmp_path: Path) -> None:
    file = _file(tmp_path, "class,source,share\n*,synthetic,0.1\n")

    share, _ = cell_shares(read_cells_file(file, "share", None), COUNTS, file=file)
    assert share.tolist() == pytest.approx([30 / 45, 10 / 45, 5 / 45])


@pytest.mark.parametrize("unit", ["1e-320", "0.1", "1e308"])
def test_shares_count_beside_one_another_whatever_their_size(tmp_path: Path, unit: str) -> None:
    file = _file(tmp_path, f"class,source,share\n0,,{unit}\n2,,{unit}\n")

    assert cell_shares(read_cells_file(file, "share", None), COUNTS, file=file)[0].tolist() == [0.375, 0.125, 0.5]


def test_the_more_exact_weight_wins(tmp_path: Path) -> None:
    file = _file(tmp_path, "class,source,weight\n0,real,3\n0,,2\n*,synthetic,0.5\n")

    assert cell_weights(read_cells_file(file, "weight", None), COUNTS, file=file).tolist() == [3, 2, 1]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("class,share\n0,real,1\n1,x\n", 3, "share must be a number, at least 0; got 'x'"),
        ("class,source,share\n0,real,-1\n", 2, "share must be a number, at least 0; got '-1'"),
        ("class,source,share\n0,real,nan\n", 2, "share must be a number, at least 0; got 'nan'"),
        ("class,source,share\n0,real\n", 2, "share must be a number"),
        ("class,source,share\ncow,real,1\n", 2, "class must be an id or a name of --names; got 'cow'"),
        ("class,source,share\n*,,1\n", 2, "class must be an id or a name of --names; got '*'"),
        ("class,source,share\n0,real,1\n0,real,2\n", 3, "a class and source must be listed once; line 2 has it too"),
        ("class,source,share\n0,real,1\n7,real,1\n", 3, "a line must name something with rows; class 7/real has none"),
        ("source,share\nreal,1\n", 1, "the header must be class,source,share; it has no class"),
        ("class,source,share\n0,real,0\n", None, "shares must be above 0 for some class"),
        ("class,source,share\n", None, "a table of shares must have a line below its header; it has none"),
        ("class,source,share\n0,real,1\n0,,1\n", 2, "class 0 must have a share as a whole or by source; it has both"),
    ],
)
def test_a_table_that_cannot_be_used_is_refused_with_the_line(
    tmp_path: Path, text: str, line: int | None, words: str
) -> None:
    file = _file(tmp_path, text.replace("class,share\n0,real,1", "class,share\n0,1"))
    with pytest.raises(ConfigError) as caught:
        cell_shares(read_cells_file(file, "share", NAMES), COUNTS, file=file)

    assert words in str(caught.value)
    assert caught.value.line == line


def test_a_table_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="a table of shares must be readable"):
        read_cells_file(tmp_path / "none.csv", "share", None)


def test_cells_file_makes_a_plan(plan_of: MakePlan, tmp_path: Path) -> None:
    file = _file(tmp_path, "class,source,share\n0,real,0.5\n0,synthetic,0.3\n2,real,0.2\n")
    plan = plan_of((0, "real", 30), (0, "synthetic", 10), (1, "real", 55), (2, "real", 5), strategy=f"cells:{file}")

    assert plan.cells.quota.tolist() == [50, 30, 0, 20]
    assert plan.prior().tolist() == [0.8, 0.0, 0.2]


def test_weights_come_from_a_file_too(plan_of: MakePlan, tmp_path: Path) -> None:
    file = _file(tmp_path, "class,source,weight\n0,synthetic,0.5\n")
    weight = plan_of((0, "real", 30), (0, "synthetic", 10), weights=str(file)).cells.weight

    assert weight[1] / weight[0] == pytest.approx(0.5)
    assert weight @ [30, 10] == pytest.approx(40)
