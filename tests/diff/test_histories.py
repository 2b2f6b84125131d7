"""Months of growth at random: nothing that was settled moves, and each month's difference is what was done in it."""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datatool.audit.images import ThreadEngine
from datatool.audit.repair import relabel, resplit, split
from datatool.diff import diff
from datatool.rows import open_rows, resolve
from datatool.schemas import RelabelMap, RepairDocument, load_map
from tests.helpers.scenes import encode, scene

GENERATIONS = 10
NAMES = ("cat", "cow", "dog", "eel", "fox")


@dataclass
class State:
    """What is listed: path -> (number of the picture, class name)."""

    rows: dict[str, tuple[int, str]] = field(default_factory=dict)
    joined: dict[str, str] = field(default_factory=dict)
    pictures: int = 0
    files: int = 0
    removed: list[tuple[int, str]] = field(default_factory=list)

    def path(self) -> str:
        self.files += 1
        return f"p/{self.files}.jpg"

    def put(self, picture: int, name: str) -> None:
        path = self.path()
        Path(path).write_bytes(encode(scene(picture, height=48, width=40)))
        self.rows[path] = (picture, name)

    def add(self, name: str) -> None:
        self.pictures += 1
        self.put(self.pictures, name)

    def remove(self, path: str) -> None:
        Path(path).unlink()
        self.removed.append(self.rows.pop(path))

    def rename(self, path: str) -> None:
        new = self.path()
        Path(path).rename(new)
        self.rows[new] = self.rows.pop(path)

    def names(self) -> dict[str, str]:
        """Path -> the class that it is of once classes are joined."""
        return {path: self.end(name) for path, (_, name) in self.rows.items()}

    def end(self, name: str) -> str:
        while name in self.joined:
            name = self.joined[name]
        return name


def grow(state: State, data: st.DataObject) -> dict[str, str]:
    """One month at random; gives the classes that are joined in it."""
    for operation in data.draw(st.lists(st.sampled_from(["add", "add", "copy", "back"]), min_size=1, max_size=8)):
        if operation == "add":
            state.add(data.draw(st.sampled_from(NAMES)))
        elif operation == "copy" and state.rows:
            state.put(*state.rows[data.draw(st.sampled_from(sorted(state.rows)))])
        elif state.removed:
            state.put(*state.removed[data.draw(st.integers(0, len(state.removed) - 1))])
    for path in data.draw(st.lists(st.sampled_from(sorted(state.rows)), max_size=6, unique=True)):
        operation = data.draw(st.sampled_from(["remove", "rename", "relabel"]))
        if operation == "remove" and len(state.rows) > 5:
            state.remove(path)
        elif operation == "rename":
            state.rename(path)
        elif operation == "relabel":
            state.rows[path] = (state.rows[path][0], data.draw(st.sampled_from(NAMES)))
    if not data.draw(st.integers(0, 4)):
        old, new = data.draw(st.permutations([name for name in NAMES if name not in state.joined][:3]))[:2]
        if state.end(new) != old and any(name == old for _, name in state.rows.values()):
            state.joined[old] = new
            return {old: new}
    return {}


@contextmanager
def folder() -> Iterator[None]:
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as name:
        os.chdir(name)
        Path("p").mkdir()
        try:
            yield
        finally:
            os.chdir(before)


def ids(state: State, month: int, joined: dict[str, str]) -> RelabelMap:
    """The rows as `r{month}`, under the map of the month before."""
    listed = f"{month}.txt"
    Path(listed).write_text("".join(f"{path} {name}\n" for path, (_, name) in state.rows.items()))
    merge = Path(f"{month}.csv")
    merge.write_text("old,new\n" + "".join(f"{old},{new}\n" for old, new in joined.items()))
    with open_rows(resolve(listed)) as rows:
        old = Path(f"r{month - 1}") if month else None
        relabel(rows, out=Path(f"r{month}"), old=old, merge=merge if joined else None)
    return load_map(Path(f"r{month}/map.json"))


def drawn(month: int) -> RepairDocument:
    """`r{month}` split as `s{month}`."""
    engine = ThreadEngine(num_threads=1)
    with open_rows(resolve(f"r{month}")) as rows:
        out = Path(f"s{month}")
        if not month:
            return split(rows, out=out, val=0.2, test=0.2, engine=engine, cache=None)
        return resplit(rows, old=f"s{month - 1}", out=out, val=0.2, test=0.2, engine=engine, cache=None)


def sides(month: int) -> dict[str, str]:
    """Path -> split."""
    here = os.getcwd()
    with open_rows(resolve(f"s{month}")) as rows:
        found = rows.read().execute(f"SELECT {rows.place}, split::VARCHAR FROM rows").fetchall()
    return {os.path.relpath(place, here): side for place, side in found}


def expected(before: State, names: dict[str, str], now: State) -> dict[str, int]:
    """What was done between two months."""
    after = now.names()
    common = before.rows.keys() & now.rows.keys()
    gone = [(before.rows[path][0], names[path]) for path in before.rows.keys() - common]
    new = [(now.rows[path][0], after[path]) for path in now.rows.keys() - common]
    pairs = sum((Counter(picture for picture, _ in gone) & Counter(picture for picture, _ in new)).values())
    same = sum((Counter(gone) & Counter(new)).values())
    return {
        "added": len(new) - pairs,
        "removed": len(gone) - pairs,
        "renamed": pairs,
        "moved": 0,
        "relabelled": sum(names[path] != after[path] for path in common) + pairs - same,
        "source": 0,
        "bytes": 0,
    }


@pytest.mark.slow
@settings(max_examples=3, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_ten_months_of_growth_move_nothing_that_was_settled(data: st.DataObject) -> None:
    """No picture that was ever in val or test is trained on, no id changes, and differences are the operations."""
    with folder():
        state = State()
        for number in range(12):
            state.add(NAMES[number % 3])
        home: dict[int, str] = {}
        made = ids(state, 0, {})
        drawn(0)
        home |= {state.rows[path][0]: side for path, side in sides(0).items()}
        for month in range(1, GENERATIONS):
            before, names = State(rows=dict(state.rows)), state.names()
            joined = grow(state, data)
            grown = ids(state, month, joined)
            document = drawn(month)
            now = sides(month)
            assert now.keys() == state.rows.keys()
            for path, side in now.items():
                assert home.setdefault(state.rows[path][0], side) == side
            assert made.inverse.items() <= grown.inverse.items()
            for name, label in made.map.items():
                assert grown.map[name] == label or str(made.inverse[label]) in joined
            assert diff(f"s{month - 1}", f"s{month}").counts == expected(before, names, state)
            _check_shares(state, document)
            made = grown


def _check_shares(state: State, document: RepairDocument) -> None:
    """As near as settled rows allow, but for whole rows and copies that go together."""
    assert document.shares is not None
    copies = max(Counter(picture for picture, _ in state.rows.values()).values())
    slack = len(set(state.names().values())) * (1 + copies)
    assert document.shares.least_off - 1e-6 <= document.shares.off <= document.shares.least_off + slack
