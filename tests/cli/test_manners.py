"""What every command has: `-h`, `-q`, `-o`, groups of options, 80 columns, completion."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from datatool.audit import CHECKS
from datatool.cli import _complete
from datatool.cli._app import COMMANDS, app
from datatool.deploy import FORMATS
from datatool.samplers import STRATEGIES
from tests.helpers.program import REPOSITORY, Cli

SETS_KEYS = ("train", "config", "paddleclas")  # there -o is KEY=VALUE


def _below(command: Any) -> list[tuple[str, ...]]:
    return [(name,) for name in getattr(command, "commands", {})] or [()]


_LOG_LEVEL = "GLOG_minloglevel"
_PROGRAM: Any = typer.main.get_command(app)
_COMMANDS = _PROGRAM.commands
LEAVES = [(name, *below) for name in COMMANDS for below in _below(_COMMANDS[name])]


def _leaf(words: tuple[str, ...]) -> Any:
    command = _PROGRAM
    for word in words:
        command = command.commands[word]
    return command


@pytest.fixture
def small(tmp_path: Path) -> Path:
    (tmp_path / "list.txt").write_text("".join(f"{number}.jpg {number % 2}\n" for number in range(60)))
    return tmp_path


@pytest.mark.parametrize("words", LEAVES, ids="-".join)
def test_every_command_has_short_help_quiet_and_fits_80_columns(
    words: tuple[str, ...], cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    done = cli(*words, "-h")
    assert (done.code, done.out) == (0, cli(*words, "--help").out)
    assert "-q, --quiet" in done.out
    assert "\nOutput:\n" in done.out
    assert [line for line in done.out.splitlines() if len(line) > 80] == []


@pytest.mark.parametrize("words", LEAVES, ids="-".join)
def test_out_has_a_short_form_wherever_something_is_written(words: tuple[str, ...], cli: Cli) -> None:
    said = cli(*words, "--help").out
    if words[0] not in SETS_KEYS and "--out" in said:
        assert re.search(r"-o, --out\b", said)


LOCAL = [
    (" ".join(words), max(option.opts, key=len), option.param_type_name)
    for words in LEAVES
    for option in _leaf(words).params
    if getattr(getattr(option, "type_descriptor", None), "annotation", None) is Path
]


@pytest.mark.parametrize(("words", "name", "kind"), LOCAL)
@pytest.mark.parametrize("url", ["s3://bucket/a", "https://127.0.0.1:9/a"])
def test_a_url_is_no_folder_of_this_machine(
    words: str, name: str, kind: str, url: str, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    before = ["x"] * (name in ("second", "weights"))  # they stand behind another
    given = [*before, url] if kind == "argument" else [f"{name}={url}"]
    done = cli(*words.split(), *given)
    called = name if kind == "option" else name.upper()
    assert (done.code, done.out) == (2, "")
    assert f"error: {called} must be a place on this machine; got '{url}'. Hint: copy it" in done.err
    assert list(tmp_path.iterdir()) == []


def test_quiet_leaves_results_and_errors(small: Path, cli: Cli) -> None:
    loud = cli("balance", small / "list.txt", "-o", small / "a.plan")
    assert f"wrote {small / 'a.plan'}; its page is {small / 'a.plan' / 'plan.html'}" in loud.err
    quiet = cli("balance", small / "list.txt", "-o", small / "b.plan", "-q")
    assert (0, "") == (quiet.code, quiet.err)
    assert quiet.out == loud.out
    assert "error: " in cli("-q", "audit", small / "none.txt").err
    assert "wrote" in cli("balance", small / "list.txt", "-o", small / "c.plan").err  # the next command talks again


def test_options_of_a_data_set_stand_together(cli: Cli) -> None:
    said = cli("balance", "--help").out
    _, data = said.split("\nData set:\n")
    assert data.index("--split") < data.index("--root") < data.index("\nQuotas:\n") < data.index("--strategy")


@pytest.mark.parametrize(
    ("values", "typed", "some"),
    [
        (_complete.strategies, "", {*STRATEGIES}),
        (_complete.strategies, "over", {"oversample"}),
        (_complete.codes, "", {*CHECKS}),
        (_complete.codes, "W202,e1", {"W202,E101", "W202,E102"}),
        (_complete.line_codes, "E3", {"E301"}),
        (_complete.model_formats, "", {*FORMATS}),
        (_complete.recipe_keys, "optimizer.l", {"optimizer.lr="}),
        (_complete.weights, "inv", {"inverse"}),
    ],
)
def test_values_are_completed_from_where_they_are_defined(values: object, typed: str, some: set[str]) -> None:
    assert callable(values)
    found = {name for name, _ in values(typed)}
    assert some <= found
    assert all(name.startswith(typed.upper() if typed[:1].isupper() else typed) for name in found)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("datatool balance --strategy und", "undersample"),
        ("datatool audit --ignore W20", "W202"),
        ("datatool train r.yaml -o model.fr", "model.freeze="),
        ("datatool expl", "explain"),
    ],
)
def test_a_shell_is_told_the_values(line: str, expected: str) -> None:
    environment = {"_DATATOOL_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(line.count(" "))}
    done = subprocess.run(
        [sys.executable, "-m", "datatool"], env={**environment, "PYTHONPATH": str(REPOSITORY)}, capture_output=True
    )
    assert expected in done.stdout.decode().splitlines()


def test_the_pre_commit_hook_and_the_workflow_call_commands_that_exist(cli: Cli) -> None:
    (hook,) = yaml.safe_load((REPOSITORY / ".pre-commit-hooks.yaml").read_text())
    workflow = yaml.safe_load((REPOSITORY / "docs" / "examples" / "audit-images.yml").read_text())
    steps = [step["run"] for step in workflow["jobs"]["audit"]["steps"] if step.get("run", "").startswith("datatool")]
    assert len(steps) == 2
    for line in (hook["entry"], *steps):
        program, command, *words = line.split(" > ")[0].split()
        known = cli(command, "--help").out
        assert "datatool" == program
        assert [word for word in words if word.startswith("-") and word not in known] == []


def test_paddles_own_warnings_are_off_unless_somebody_wants_them(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(_LOG_LEVEL, raising=False)
    cli("--version")
    assert os.environ[_LOG_LEVEL] == "2"
    monkeypatch.setenv(_LOG_LEVEL, "0")
    cli("--version")
    assert os.environ[_LOG_LEVEL] == "0"
