"""What a user may get wrong: one sentence on standard error, the right exit code, nothing half-written."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from datatool.cli._app import COMMANDS
from tests.helpers.program import Cli, Result


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own, with a good list and a bad one."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "good.txt").write_text("".join(f"{number}.jpg {number % 3}\n" for number in range(9)))
    (tmp_path / "bad.txt").write_text("0.jpg 0\n1.jpg cat\n2.jpg\n3.jpg -1\n4.jpg 1\n5.jpg 1\n")
    return tmp_path


def _is_refusal(result: Result, code: int, *parts: str) -> None:
    assert result.code == code, result.err
    # Paddle remarks on the number of threads that the tests allow it.
    lines = [line for line in result.err.strip().splitlines() if "OMP_NUM_THREADS" not in line]
    assert len(lines) == 1, result.err
    assert lines[0].startswith("error: ")
    assert [part for part in parts if part not in lines[0]] == [], lines[0]
    assert "Traceback" not in result.err


def _names(folder: Path) -> list[str]:
    """Files only: an empty `runs/` may stay."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("command", ["audit", "balance"])
def test_a_missing_list_is_named(cli: Cli, here: Path, command: str) -> None:
    before = _names(here)
    _is_refusal(cli(command, "nowhere.txt"), 2, "nowhere.txt")
    assert before == _names(here)


def test_a_bad_list_is_a_finding_of_audit_with_every_line(cli: Cli) -> None:
    result = cli("audit", "bad.txt", "--json")
    assert result.code == 1
    found = {one["code"]: one for one in json.loads(result.out)["findings"]}
    assert {"E101": 3, "E102": 2, "E103": 4} == {
        code: found[code]["examples"][0]["line"] for code in ("E101", "E102", "E103")
    }


def test_a_bad_list_stops_balance_and_nothing_is_written(cli: Cli, here: Path) -> None:
    before = _names(here)
    _is_refusal(cli("balance", "bad.txt", "--strategy", "oversample", "--out", "x.plan"), 1, "bad.txt", "Hint:")
    assert before == _names(here)


def test_an_unknown_recipe_key_is_answered_with_the_nearest_one(cli: Cli, here: Path) -> None:
    (here / "r.yaml").write_text("optimizer: {lrr: 0.1}\n")
    before = _names(here)
    _is_refusal(cli("train", "r.yaml"), 2, "optimizer.lrr", "optimizer.lr'?")
    assert before == _names(here)


def test_a_missing_extra_is_answered_with_the_install_command(
    cli: Cli, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == "sklearn"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "sklearn", None)
    result = cli("demo", "-o", here / "out")
    assert result.code == 2
    assert result.err.splitlines()[-1].startswith("error: this step must have the package 'sklearn'")
    assert "pip install '.[demo]'" in result.err


def test_a_plan_that_does_not_match_its_index_is_refused(cli: Cli, here: Path) -> None:
    assert cli("balance", "good.txt", "--strategy", "oversample", "--out", "x.plan").code == 0
    plan = here / "x.plan" / "plan.json"
    document = json.loads(plan.read_text())
    plan.write_text(json.dumps(document | {"fingerprint": "0" * len(document["fingerprint"])}))
    (here / "r.yaml").write_text("data: {train: x.plan}\n")
    before = _names(here)
    _is_refusal(cli("train", "r.yaml"), 2, "plan", "Hint: run datatool balance again.")
    assert before == _names(here)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_can_answer_in_json(cli: Cli, command: str) -> None:
    words = {"config": ["config", "show"], "paddleclas": ["paddleclas", "audit"]}.get(command, [command])
    assert "--json" in cli(*words, "--help").out


def test_a_mistyped_file_is_answered_with_the_one_beside_it(cli: Cli) -> None:
    _is_refusal(cli("audit", "godo.txt"), 2, "data set must exist; got 'godo.txt'. Hint: did you mean 'good.txt'?")


def test_codes_may_be_parted_by_blanks_and_an_unknown_one_is_answered_with_all_there_are(cli: Cli) -> None:
    done = cli("clean", "bad.txt", "--drop", "e101 E102", "--drop", "E103, E104", "-o", "out")
    assert done.code == 0, done.err
    _is_refusal(cli("clean", "bad.txt", "--drop", "foo", "-o", "new"), 2, "got 'FOO'", "E101, E102")
