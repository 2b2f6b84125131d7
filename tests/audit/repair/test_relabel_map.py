"""A map that is continued: ids of old classes never change."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datatool.audit.repair._grown_map import grow_map
from datatool.schemas import RelabelMap
from tests.helpers.program import Cli
from tests.helpers.read_back import read_images


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def words(name: str, *classes: str) -> str:
    Path(name).write_text("".join(f"{place}.jpg {word}\n" for place, word in enumerate(classes)))
    return name


def map_of(folder: str) -> RelabelMap:
    return RelabelMap.parse(json.loads((Path(folder) / "map.json").read_text()))


def test_new_names_come_behind_and_old_ones_keep_their_ids(cli: Cli) -> None:
    assert cli("relabel", words("one.txt", "cat", "dog", "cow"), "-o", "m1").code == 0
    done = cli("relabel", words("two.txt", "bee", "dog", "cat", "ant", "cow"), "--map", "m1/map.json", "-o", "m2")
    assert done.code == 0, done.err
    assert map_of("m2").map == {"cat": 0, "cow": 1, "dog": 2, "ant": 3, "bee": 4}
    assert Path("m2/train.txt").read_text() == "0.jpg 4\n1.jpg 2\n2.jpg 0\n3.jpg 3\n4.jpg 1\n"
    assert "2 new classes: 3 ant, 4 bee" in done.out


def test_a_name_that_left_keeps_its_id_and_the_audit_says_so(cli: Cli) -> None:
    cli("relabel", words("one.txt", "cat", "dog", "cow"), "-o", "m1")
    done = cli("relabel", words("two.txt", "dog", "cat", "eel"), "--map", "m1", "-o", "m2")
    assert "1 id without a row kept, given to no other class (W202): 1 cow" in done.out
    assert map_of("m2").map["cow"] == 1
    said = cli("audit", "m2", "--fail-on", "never").out
    assert "W202" in said
    assert "1 (cow)" in said
    assert "fix: keep them" in said
    again = cli("relabel", words("three.txt", "cow", "fox"), "--map", "m2/map.json", "-o", "m3")
    assert again.code == 0
    assert map_of("m3").map == {"cat": 0, "cow": 1, "dog": 2, "eel": 3, "fox": 4}


def test_a_last_class_that_left_still_counts(cli: Cli) -> None:
    cli("relabel", words("one.txt", "cat", "dog"), "-o", "m1")
    done = cli("relabel", words("two.txt", "cat"), "--map", "m1", "-o", "m2", "--json")
    assert json.loads(done.out)["class_num"] == 2
    assert json.loads(cli("audit", "m2", "--json", "--fail-on", "never").out)["class_num"] == 2


def test_merged_classes_are_joined_in_every_split_and_stay_joined(cli: Cli) -> None:
    cli("relabel", words("one.txt", "cat", "dog", "kitten"), "-o", "m1")
    Path("merge.csv").write_text("old,new\nkitten,cat\npuppy,dog\n")
    train, val = words("two.txt", "cat", "kitten", "puppy", "dog"), words("val.txt", "kitten", "puppy")
    arguments = ("--split", f"val={val}", "--map", "m1/map.json", "--merge", "merge.csv", "-o", "m2")
    done = cli("relabel", train, *arguments)
    assert done.code == 0, done.err
    names = sorted((Path(path).name, name, split) for path, name, split, _ in read_images("m2"))
    assert [name for _, name, split in names if split == "val"] == ["cat", "dog"]
    assert map_of("m2").map == {"cat": 0, "dog": 1, "kitten": 0, "puppy": 1}
    assert [step.merged for step in map_of("m2").history] == [{}, {"kitten": "cat", "puppy": "dog"}]
    assert cli("relabel", words("three.txt", "kitten", "eel"), "--map", "m2", "-o", "m3").code == 0
    assert Path("m3/train.txt").read_text() == "0.jpg 0\n1.jpg 3\n"


@pytest.mark.parametrize(
    "merge",
    ["\ufeffold;new\r\nkitten;cat\r\n", "kitten;cat\n", "\nold\tnew\nkitten\tcat\n", 'old;new\n"kitten";"cat"\n'],
)
def test_a_merge_may_be_written_as_spreadsheets_write_it(cli: Cli, merge: str) -> None:
    cli("relabel", words("one.txt", "cat", "kitten"), "-o", "m1")
    Path("merge.csv").write_text(merge, encoding="utf-8", newline="")
    done = cli("relabel", words("two.txt", "cat", "kitten"), "--map", "m1", "--merge", "merge.csv", "-o", "m2")
    assert done.code == 0, done.err
    assert map_of("m2").map == {"cat": 0, "kitten": 0}


def test_a_class_joined_twice_over_is_what_the_last_join_says(cli: Cli) -> None:
    cli("relabel", words("one.txt", "cat", "kitten"), "-o", "m1")
    Path("a.csv").write_text("kitten,cat\n")
    cli("relabel", words("two.txt", "cat", "kitten"), "--map", "m1", "--merge", "a.csv", "-o", "m2")
    Path("b.csv").write_text("cat,feline\n")
    cli("relabel", words("three.txt", "cat", "kitten"), "--map", "m2", "--merge", "b.csv", "-o", "m3")
    assert map_of("m3").map == {"cat": 2, "kitten": 2, "feline": 2}
    assert map_of("m3").inverse == {0: "cat", 1: "kitten", 2: "feline"}


def test_ids_with_names_are_told_by_name_whatever_their_ids(cli: Cli) -> None:
    cli("relabel", words("one.txt", "cat", "dog"), "-o", "m1")
    Path("two.txt").write_text("a.jpg 0\nb.jpg 1\nc.jpg 2\n")
    Path("names.txt").write_text("0 bee\n1 cat\n2 dog\n")
    assert cli("relabel", "two.txt", "--names", "names.txt", "--map", "m1", "-o", "m2").code == 0
    assert Path("m2/train.txt").read_text() == "a.jpg 2\nb.jpg 0\nc.jpg 1\n"
    assert Path("m2/label_list.txt").read_text() == "0 cat\n1 dog\n2 bee\n"


def test_ids_without_names_are_told_by_id(cli: Cli) -> None:
    words("one.txt", "7", "30")
    cli("relabel", "one.txt", "-o", "m1")
    cli("relabel", words("two.txt", "3", "7", "30"), "--map", "m1", "-o", "m2")
    assert map_of("m2").map == {"7": 0, "30": 1, "3": 2}
    assert Path("m2/train.txt").read_text() == "0.jpg 2\n1.jpg 0\n2.jpg 1\n"


def test_a_map_of_ids_with_names_beside_it_goes_on_by_name(cli: Cli) -> None:
    Path("label_list.txt").write_text("5 cat\n9 dog\n")
    cli("relabel", words("one.txt", "5", "9"), "-o", "m1")
    Path("label_list.txt").unlink()
    assert cli("relabel", words("two.txt", "bee", "dog"), "--map", "m1", "-o", "m2").code == 0
    assert map_of("m2").map == {"cat": 0, "dog": 1, "bee": 2}


@pytest.mark.parametrize(
    ("merge", "said"),
    [
        ("cat,dog\ndog,cat\n", "must lead to an end; got 'cat -> dog -> cat'"),
        ("cat\n", "must have lines `old,new`"),
        ("cat;dog;cow\n", "must have lines `old,new`; got 'cat,dog,cow'"),
        ("", "must join a class"),
        ("cta,dog\n", "did you mean 'cat'?"),
        ("cat,dog\ncat,cow\n", "must name each old class once"),
    ],
)
def test_a_merge_that_cannot_be_is_refused(cli: Cli, merge: str, said: str) -> None:
    cli("relabel", words("one.txt", "cat", "dog"), "-o", "m1")
    Path("merge.csv").write_text(merge)
    done = cli("relabel", "one.txt", "--map", "m1", "--merge", "merge.csv", "-o", "m2")
    assert (done.code, Path("m2").exists()) == (2, False)
    assert said in done.err


def test_what_is_no_map_is_refused(cli: Cli) -> None:
    words("one.txt", "cat", "dog")
    for given_map in ("one.txt", "nothing.json"):
        done = cli("relabel", "one.txt", "--map", given_map, "-o", "m2")
        assert done.code == 2
        assert "a map must be" in done.err
    Path("ids.txt").write_text("a.jpg 0\nb.jpg 1\n")
    cli("relabel", "one.txt", "-o", "m1")
    done = cli("relabel", "ids.txt", "--map", "m1", "-o", "m2")
    assert "must name its classes to continue a map of names; got ids" in done.err


labels = st.lists(st.sampled_from("abcdefgh"), min_size=1, unique=True)
merges = st.dictionaries(st.sampled_from("abcd"), st.sampled_from("efgxy"), max_size=2)


@given(st.lists(st.tuples(labels, merges), min_size=1, max_size=10))
def test_no_id_ever_changes_or_is_given_twice(months: list[tuple[list[str], Mapping[str, str]]]) -> None:
    made: RelabelMap | None = None
    for present, merged in months:
        known = {} if made is None else dict(made.map)
        merged = {name: to for name, to in merged.items() if name in {*present, *known}}
        grown = grow_map(made, known, sorted(present), merged, named=True)
        if made is not None:
            assert made.inverse.items() <= grown.inverse.items()
            joined = {name for name in known if grown.map[name] != known[name]}
            assert all({name, str(made.inverse[known[name]])} & {*merged} for name in joined)
        assert sorted(grown.inverse) == list(range(grown.class_num))
        assert all(label < grown.class_num for label in grown.map.values())
        assert {grown.map[name] for name in present} <= set(grown.map.values())
        for name, to in merged.items():
            assert grown.map[name] == grown.map[to]
        made = grown
