"""Decisions of people are carried out by the digests of pictures, and what contradicts them is listed."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.pictures import encode, pixels
from tests.helpers.program import Cli


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Six pictures of three classes, and a list of them."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for number in range(6):
        (tmp_path / f"{number}.png").write_bytes(encode(pixels(number, width=64, height=64), ".png"))
    (tmp_path / "train.txt").write_text("".join(f"{n}.png {n // 2}\n" for n in range(6)))
    return tmp_path


def decision(home: Path, number: int, action: str, **more: Any) -> dict[str, Any]:
    digest = hashlib.blake2b((home / f"{number}.png").read_bytes(), digest_size=16).hexdigest()
    old = number // 2
    return {"digest": digest, "path": f"{number}.png", "old_class": old, "action": action, "new_class": None, **more}


def write(home: Path, *decisions: dict[str, Any]) -> Path:
    file = home / "decisions.json"
    file.write_text(json.dumps({"schema": "datatool.decisions/1", "decisions": list(decisions)}))
    return file


def test_clean_carries_out_drops_and_names_the_rest(home: Path, cli: Cli) -> None:
    file = write(home, decision(home, 0, "drop"), decision(home, 1, "keep"), decision(home, 2, "relabel", new_class=2))
    done = cli("clean", home / "train.txt", "--decisions", file, "-o", home / "out", "--json")
    assert done.code == 0, done.err
    told = json.loads(done.out)
    assert told["rejected"] == {"decision": 1}
    assert told["decisions"] == {
        "rows": 1, "left": {"keep": 1, "relabel": 1}, "not_found": 0, "num_conflicts": 0, "conflicts": []
    }  # fmt: skip
    assert (home / "out" / "train.txt").read_text() == "1.png 0\n2.png 1\n3.png 1\n4.png 2\n5.png 2\n"
    assert "0.png 0" in (home / "out" / "rejected.tsv").read_text()


def test_relabel_only_relabels_and_makes_nothing_dense(home: Path, cli: Cli) -> None:
    (home / "train.txt").write_text("".join(f"{n}.png {n // 2 * 10}\n" for n in range(6)))
    file = write(home, decision(home, 2, "relabel", old_class=10, new_class=20), decision(home, 0, "drop"))
    done = cli("relabel", home / "train.txt", "--decisions", file, "-o", home / "out")
    assert done.code == 0, done.err
    assert (home / "out" / "train.txt").read_text() == "0.png 0\n1.png 0\n2.png 20\n3.png 10\n4.png 20\n5.png 20\n"
    assert "not done here: 1 decision to drop, for datatool clean" in done.out


def test_decisions_replay_on_a_newer_data_set_with_other_names_and_lines(home: Path, cli: Cli) -> None:
    file = write(home, decision(home, 3, "relabel", new_class=0), decision(home, 5, "relabel", new_class=1))
    (home / "moved").mkdir()
    (home / "3.png").rename(home / "moved" / "three.png")
    (home / "5.png").unlink()
    (home / "newer.txt").write_text("4.png 2\n0.png 0\nmoved/three.png 1\n")
    done = cli("relabel", home / "newer.txt", "--decisions", file, "-o", home / "out", "--json")
    assert done.code == 0, done.err
    assert (home / "out" / "train.txt").read_text() == "4.png 2\n0.png 0\nmoved/three.png 0\n"
    assert json.loads(done.out)["decisions"]["not_found"] == 1


def test_conflicts_are_listed_and_nothing_is_done_about_them(home: Path, cli: Cli) -> None:
    """Two people who disagree, and a row that has another class by now."""
    file = write(
        home,
        decision(home, 0, "drop", who="A"),
        decision(home, 0, "keep", who="B"),
        decision(home, 4, "drop", old_class=1),
    )
    done = cli("clean", home / "train.txt", "--decisions", file, "-o", home / "out", "--json")
    assert done.code == 0, done.err
    told = json.loads(done.out)
    assert told["rows"] == 6
    assert told["decisions"]["num_conflicts"] == 2
    assert "more than one way" in told["decisions"]["conflicts"][0]
    assert "has class 2" in told["decisions"]["conflicts"][1]


def test_what_was_relabelled_before_is_no_conflict(home: Path, cli: Cli) -> None:
    file = write(home, decision(home, 2, "relabel", new_class=2))
    assert cli("relabel", home / "train.txt", "--decisions", file, "-o", home / "out").code == 0
    again = cli("relabel", home / "out" / "dataset.yaml", "--decisions", file, "-o", home / "again", "--json")
    assert json.loads(again.out)["decisions"]["num_conflicts"] == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "must be JSON"),
        ('{"schema": "datatool.decisions/1"}', "'decisions' must be given"),
        ('{"schema": "datatool.decisions/2", "decisions": []}', "must"),
        ('{"schema": "datatool.decisions/1", "decisions": [{"digest": "x"}]}', "digest"),
    ],
)
def test_a_file_that_holds_no_decisions_is_refused_in_one_sentence(home: Path, cli: Cli, text: str, said: str) -> None:
    file = home / "decisions.json"
    file.write_text(text)
    done = cli("clean", home / "train.txt", "--decisions", file, "-o", home / "out")
    assert (done.code, done.out, (home / "out").exists()) == (2, "", False)
    assert said in done.err
    assert done.err.count("\n") == 1


def test_a_decision_for_a_class_that_there_is_none_of_is_refused(home: Path, cli: Cli) -> None:
    file = write(home, decision(home, 2, "relabel", new_class=7))
    done = cli("relabel", home / "train.txt", "--decisions", file, "-o", home / "out")
    assert done.code == 2
    assert "a class that there is; got 7" in done.err
    assert not (home / "out").exists()


def test_suspects_are_dropped_by_decision_alone(home: Path, cli: Cli) -> None:
    done = cli("clean", home / "train.txt", "--drop", "I801", "-o", home / "out")
    assert done.code == 2
    assert "--decisions" in done.err
