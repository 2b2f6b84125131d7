"""What belongs together stays on one side."""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from datatool.audit.repair._components import components
from datatool.audit.repair._draw import least_off, off, targets
from tests.helpers.program import Cli
from tests.helpers.read_back import read_images

TABLE = "image,label,patient\np1/a.jpg,0,p1\np2/b.jpg,1,p2\np3/c.jpg,0,\n"
VAL = "image,label,patient\np1/d.jpg,0,p1\np4/e.jpg,1,p4\n"


@pytest.fixture
def tables(tmp_path: Path) -> tuple[Path, str]:
    (tmp_path / "t.csv").write_text(TABLE)
    (tmp_path / "v.csv").write_text(VAL)
    return tmp_path / "t.csv", f"val={tmp_path / 'v.csv'}"


@pytest.mark.parametrize("by", [("--group-column", "patient"), ("--group", r"^(p\d+)/"), ("--group", r"^p\d+")])
def test_a_group_in_two_splits_is_found_however_groups_are_told(
    tables: tuple[Path, str], cli: Cli, by: tuple[str, str]
) -> None:
    done = cli("audit", tables[0], "--split", tables[1], *by)
    assert done.code == 1
    assert "E506 group-leak: 1 group in more than one split: 1 row" in done.out
    assert "group p1 also in train: p1/a.jpg" in done.out
    assert "groups: " in done.err


def test_without_a_grouping_nothing_is_said_of_groups(tables: tuple[Path, str], cli: Cli) -> None:
    done = cli("audit", tables[0], "--split", tables[1])
    assert "E506" not in done.out
    assert "groups" not in done.err


def test_the_command_of_the_finding_mends_it(tables: tuple[Path, str], tmp_path: Path, cli: Cli) -> None:
    arguments = (tables[0], "--split", tables[1], "--group-column", "patient")
    assert cli("clean", *arguments, "--drop", "E506", "-o", tmp_path / "out").code == 0
    assert (tmp_path / "out" / "val.csv").read_text() == "path,label,patient\np4/e.jpg,1,p4\n"
    again = cli("audit", tmp_path / "out", "--group-column", "patient")
    assert "E506" not in again.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--group", "(p"), "--group must be a regular expression; got '(p'"),
        (("--group", "(?=p)p"), "must be a pattern that RE2 understands"),
        (("--group", "no match"), "must put a row into a group"),
        (("--group", ""), "must put a row into a group"),
        (("--group-column", "ward"), "must have one 'ward'"),
        (("--group-column", "patient", "--group", "p"), "must be grouped in one way"),
    ],
)
def test_a_grouping_that_cannot_be_is_refused(
    tables: tuple[Path, str], cli: Cli, arguments: tuple[str, ...], said: str
) -> None:
    done = cli("audit", tables[0], *arguments)
    assert done.code == 2
    assert said in done.err


def test_a_column_of_a_list_is_refused(tmp_path: Path, cli: Cli) -> None:
    (tmp_path / "l.txt").write_text("a.jpg 0\n")
    done = cli("audit", tmp_path / "l.txt", "--group-column", "patient")
    assert done.code == 2
    assert "--group REGEX" in done.err


def test_split_draws_whole_groups_of_several_classes_at_the_shares_asked(tmp_path: Path, cli: Cli) -> None:
    rng = np.random.default_rng(3)
    lines = [f"g{rng.integers(60)}/{n}.jpg {n % 3}\n" for n in range(600)]
    (tmp_path / "all.txt").write_text("".join(lines))
    arguments = ("--val", 0.2, "--test", 0.1, "--no-images", "--group", "^g[0-9]+")
    assert cli("split", tmp_path / "all.txt", "-o", tmp_path / "out", *arguments).code == 0
    sides = defaultdict(set)
    counts: Counter[tuple[str, str]] = Counter()
    for path, label, split, _ in read_images(tmp_path / "out"):
        sides[Path(path).parent.name].add(split)
        counts[split, label] += 1
    assert {len(found) for found in sides.values()} == {1}
    for label in "012":
        assert abs(counts["val", label] - 40) <= 6
        assert abs(counts["test", label] - 20) <= 6


def test_rows_with_an_empty_cell_are_no_group(tmp_path: Path, cli: Cli) -> None:
    rows = "".join(f"{n}.jpg,{n % 2},{'' if n < 40 else 'big'}\n" for n in range(60))
    (tmp_path / "t.csv").write_text(f"path,label,scene\n{rows}")
    arguments = ("--val", 0.25, "--no-images", "--group-column", "scene")
    assert cli("split", tmp_path / "t.csv", "-o", tmp_path / "out", *arguments).code == 0
    val = {int(Path(path).stem) for path, _, split, _ in read_images(tmp_path / "out") if split == "val"}
    assert len(val & set(range(40))) in (0, 14, 15, 16)
    assert val & set(range(40, 60)) in (set(), set(range(40, 60)))


@given(st.integers(1, 30), st.data())
def test_components_are_those_of_a_search(count: int, data: st.DataObject) -> None:
    nodes = st.integers(0, count - 1)
    edges = data.draw(st.lists(st.tuples(nodes, nodes), max_size=40))
    expected = list(range(count))
    for _ in range(count):
        for a, b in edges:
            expected[a] = expected[b] = min(expected[a], expected[b])
    ends = np.array(edges, np.int64).reshape(-1, 2)
    assert expected == components(count, ends[:, 0], ends[:, 1]).tolist()


counts = st.lists(st.tuples(*[st.integers(0, 9)] * 4), min_size=1, max_size=5)


@given(counts, st.data())
def test_no_draw_of_the_free_rows_comes_nearer_than_the_bound(
    given_rows: list[tuple[int, int, int, int]], data: st.DataObject
) -> None:
    rows = np.array(given_rows, np.int64)
    settled, free = rows[:, :3], rows[:, 3]
    target = targets(rows.sum(axis=1), {"val": 0.2, "test": 0.1})
    drawn = np.array([_parts(data, int(count)) for count in free])
    assert off((settled + drawn).astype(np.float64), target) >= least_off(settled, target) - 1e-9


def _parts(data: st.DataObject, count: int) -> list[int]:
    first = data.draw(st.integers(0, count))
    second = data.draw(st.integers(0, count - first))
    return [first, second, count - first - second]
