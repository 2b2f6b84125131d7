"""`datatool evaluate --by COLUMN`: figures of each value of a column."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from datatool.errors import DatasetError
from datatool.evaluation import evaluate
from tests.helpers.program import Cli
from tests.helpers.runs import Run


@pytest.fixture
def table(home: Path) -> Path:
    """The val list as a table with a camera, empty for some rows, and a source."""
    lines = (home / "val.txt").read_text().splitlines()
    rows = ["path,label,camera,source"]
    for place, line in enumerate(lines):
        path, _, label = line.rpartition(" ")
        rows.append(f"{path},{label},{['Leica M', 'real', ''][place % 3]},{'synthetic' if place < 6 else 'real'}")
    (home / "val.csv").write_text("\n".join(rows) + "\n")
    return home / "val.csv"


def test_slices_add_up_to_the_whole(run: Run, table: Path) -> None:
    """Rows and hits of the values of each column, an empty cell being a value too."""
    document = evaluate(run(), list=str(table), by=["camera", "source", "file"])
    for column, values in (
        ("camera", {"Leica M": 6, "real": 6, "": 6}),
        ("source", {"real": 12, "synthetic": 6}),
        ("file", {str(table): 18}),
    ):
        slices = [each for each in document.slices if each.column == column]
        assert {each.value: each.support for each in slices} == values
        assert sum(each.top1 * each.support for each in slices) / 18 == pytest.approx(document.top1)
        assert all(each.low <= each.top1 <= each.high for each in slices)
    by_source = {each.source: each for each in document.per_source}
    for each in document.slices:
        if each.column == "source":
            assert each.per_class == by_source[each.value].per_class
            assert each.balanced_accuracy == by_source[each.value].balanced_accuracy


def test_a_column_that_is_not_there_is_named(run: Run, table: Path) -> None:
    """In a table, and in a list, which has no columns."""
    folder = run()
    with pytest.raises(DatasetError, match="must have one 'lens'; got 'path, label, camera, source'"):
        evaluate(folder, list=str(table), by=["lens"])
    with pytest.raises(DatasetError, match="column"):
        evaluate(folder, by=["lens"])


def test_the_command_prints_a_table_for_each_column(run: Run, table: Path, process: Cli) -> None:
    """As text and in the document."""
    folder = run()
    command = ("-m", "datatool", "evaluate", str(folder), "--list", str(table), "--by", "camera")
    done = process(*command)
    assert done.code == 0, done.err
    assert "Leica M" in done.out
    assert "(empty)" in done.out
    document = json.loads(process(*command, "--json").out)
    assert [each["column"] for each in document["slices"]] == ["camera"] * 3
    assert (document["split"], document["dataset"]) == ("list", str(table))
