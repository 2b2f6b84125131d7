"""Two states, row by row."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from datatool.diff import diff
from tests.helpers.program import Cli
from tests.helpers.runs import Run
from tests.helpers.scenes import encode, scene


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def table(name: str, *rows: str) -> str:
    Path(name).write_text("path,label,split,source\n" + "".join(f"{row}\n" for row in rows))
    return name


ROWS = ("a.jpg,cat,train,real", "b.jpg,dog,train,real", "c.jpg,cat,val,real", "d.jpg,dog,test,made")


def test_each_kind_of_change_is_counted_and_named(here: Path) -> None:
    old = table("old.csv", *ROWS)
    new = table(
        "new.csv", "a.jpg,dog,train,real", "c.jpg,cat,train,real", "d.jpg,dog,test,real", "e.jpg,eel,train,real"
    )
    found = diff(old, new)
    assert found.counts == {
        "added": 1, "removed": 1, "renamed": 0, "moved": 1, "relabelled": 1, "source": 1, "bytes": 0,
    }  # fmt: skip
    assert found.unchanged == 0
    [moved], [relabelled] = found.rows["moved"], found.rows["relabelled"]
    assert moved.old is not None
    assert moved.new is not None
    assert (moved.new.path, moved.old.split, moved.new.split) == ("c.jpg", "val", "train")
    assert relabelled.old is not None
    assert relabelled.new is not None
    assert (relabelled.old.name, relabelled.new.name) == ("cat", "dog")
    assert {one.name: (one.old_rows, one.new_rows) for one in found.classes} == {
        "cat": (2, 1), "dog": (2, 2), "eel": (0, 1),
    }  # fmt: skip


def test_the_same_rows_in_another_order_and_spelling_are_equal(here: Path, cli: Cli) -> None:
    old = table("old.csv", *ROWS)
    Path("sub").mkdir()
    rows = [f".././{row}" for row in ROWS]
    random.Random(1).shuffle(rows)
    new = table("sub/new.csv", *rows)
    done = cli("diff", old, new, "--exit-code")
    assert (done.code, "no difference" in done.out) == (0, True)


def test_exit_code_is_1_only_where_it_is_asked_for(here: Path, cli: Cli) -> None:
    old, new = table("old.csv", *ROWS), table("new.csv", *ROWS[1:])
    assert cli("diff", old, new).code == 0
    assert cli("diff", old, new, "--exit-code").code == 1
    assert cli("diff", old, "nothing.txt", "--exit-code").code == 2


def test_an_image_listed_several_times_keeps_its_unchanged_rows(here: Path) -> None:
    Path("old.txt").write_text("a.jpg 0\na.jpg 0\na.jpg 1\n")
    Path("new.txt").write_text("a.jpg 1\na.jpg 0\na.jpg 2\na.jpg 0\n")
    found = diff("old.txt", "new.txt")
    assert found.unchanged == 3
    assert {kind: count for kind, count in found.counts.items() if count} == {"added": 1}


def test_renamed_pictures_and_changed_bytes_are_told_with_images(here: Path, cli: Cli) -> None:
    for number in range(4):
        Path(f"{number}.jpg").write_bytes(encode(scene(number)))
    Path("all.txt").write_text("".join(f"{number}.jpg {number % 2}\n" for number in range(4)))
    assert cli("split", "all.txt", "-o", "m1", "--val", 0.5).code == 0
    Path("0.jpg").rename("moved.jpg")
    Path("1.jpg").write_bytes(encode(scene(9)))
    Path("new.txt").write_text("moved.jpg 0\n1.jpg 1\n2.jpg 0\n3.jpg 1\n")
    without = diff("m1", "new.txt")
    assert (without.counts["renamed"], without.counts["bytes"], without.counts["added"]) == (0, 0, 1)
    assert "4 of 4 rows have no known content" in without.notes[0]
    found = diff("m1", "new.txt", images=True)
    assert (found.counts["renamed"], found.counts["bytes"], found.counts["added"]) == (1, 1, 0)
    assert found.matched_by == ["place", "content"]


def test_ids_that_changed_for_a_name_are_said(here: Path, cli: Cli) -> None:
    Path("old.txt").write_text("a.jpg 0\nb.jpg 1\n")
    Path("new.txt").write_text("a.jpg 1\nb.jpg 2\nc.jpg 0\n")
    Path("old.yaml").write_text("names: on.txt\ntrain: [{list: old.txt}]\n")
    Path("new.yaml").write_text("names: nn.txt\ntrain: [{list: new.txt}]\n")
    Path("on.txt").write_text("0 cat\n1 dog\n")
    Path("nn.txt").write_text("0 bee\n1 cat\n2 dog\n")
    done = cli("diff", "old.yaml", "new.yaml")
    assert "ids of classes that changed: 2\n  cat: id 0 -> 1\n  dog: id 1 -> 2" in done.out
    assert "class_num 2 before, 3 now" in done.out
    assert "0 rows of another class" not in done.out


def test_one_row_is_said_to_be_one_row(here: Path, cli: Cli) -> None:
    Path("old.txt").write_text("a.jpg 0\nb.jpg 1\n")
    Path("new.txt").write_text("a.jpg 0\nb.jpg 1\nc.jpg 0\n")

    assert "\n1 row added\n" in cli("diff", "old.txt", "new.txt").out


def test_lists_in_different_folders_are_compared_by_their_paths_as_written(here: Path) -> None:
    for folder, text in (("one", "a.jpg 0\nb.jpg 1\n"), ("two", "a.jpg 0\nb.jpg 2\n")):
        Path(folder).mkdir()
        Path(folder, "list.txt").write_text(text)
    found = diff("one/list.txt", "two/list.txt")
    assert found.matched_by == ["path"]
    assert found.counts["relabelled"] == 1
    assert "no place is common" in found.notes[0]


def test_two_plans_are_compared_with_their_draws_and_settings(here: Path, cli: Cli) -> None:
    Path("l.txt").write_text("".join(f"{n}.jpg {int(n > 6)}\n" for n in range(10)))
    cli("balance", "l.txt", "--out", "a.plan")
    cli("balance", "l.txt", "--out", "b.plan", "--strategy", "oversample")
    done = cli("diff", "a.plan", "b.plan", "--json")
    found = json.loads(done.out)
    assert (found["unchanged"], found["equal"]) == (10, False)
    assert [(one["name"], one["old"], one["new"]) for one in found["quotas"]] == [("1", 3, 7)]
    assert {one["key"] for one in found["settings"]} == {"strategy.name", "epoch_size"}
    assert cli("diff", "a.plan", "a.plan", "--exit-code").code == 0


def test_of_a_data_set_with_splits_a_run_has_the_rows_that_it_evaluates(run: Run, home: Path, cli: Cli) -> None:
    """A train or test row of the data set that `data.val` names is none of its val rows."""
    (home / "sets.yaml").write_text("train: [{list: train.txt}]\nval: [{list: val.txt}]\ntest: [{list: train.txt}]\n")
    one, two = run("one", data={"val": "sets.yaml"}), run("two")
    found = json.loads(cli("diff", one, two, "--json").out)
    assert found["old"]["splits"] == found["new"]["splits"]


def test_two_runs_are_compared_with_their_recipes_and_lists(run: Run, home: Path, cli: Cli) -> None:
    one, two = run(run={"epochs": 1, "name": "one"}), run(run={"epochs": 2, "name": "two"})
    done = cli("diff", one, two, "--json")
    assert done.code == 0, done.err
    found = json.loads(done.out)
    assert found["old"]["kind"] == "run"
    assert sum(found["counts"].values()) == 0
    assert {one["key"] for one in found["settings"]} == {"run.epochs", "run.name"}
    assert set(found["new"]["splits"]) == {"train", "val"}
