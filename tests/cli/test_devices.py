"""`train --devices`: results on standard output, talk on standard error, the processes' own exit code."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import datatool.frameworks
from datatool.cli._several import Outcome, outcome
from datatool.frameworks import Launch
from tests.helpers.program import Cli

LOUD = """
import os
print("a module talks")
os.write(1, b"a library talks\\n")
from small_nets import paddle_net as net
"""
# Like torchrun, it ends with 1 whatever code a process ended with, and talks on both streams.
LAUNCHER = """
import subprocess, sys
print("the launcher talks", flush=True)
failed = subprocess.call([sys.executable, *sys.argv[1:]])
print("the launcher has the last word", file=sys.stderr, flush=True)
sys.exit(1 if failed else 0)
"""


@pytest.fixture
def one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """A launcher of one process in place of the frameworks'."""

    def command(trainer: str, /, *, script: Path, arguments: list[str], **options: Any) -> Launch:
        ranks = {"RANK": "0", "WORLD_SIZE": "1", "LOCAL_RANK": "0"}
        return Launch(command=[sys.executable, "-c", LAUNCHER, str(script), *arguments], environment=ranks)

    monkeypatch.setattr(datatool.frameworks, "launch_command", command)


@pytest.mark.usefixtures("one_process")
def test_whatever_processes_print_the_result_alone_is_on_standard_output(
    write_recipe: Callable[..., Path], home: Path, cli: Cli
) -> None:
    (home / "loud.py").write_text(LOUD)
    recipe = write_recipe("r", model={"backbone": "loud:net"}, run={"epochs": 1})

    done = cli("train", recipe, "--devices", "0", "--json")

    assert done.code == 0, done.err
    assert json.loads(done.out)["run"] == str(home / "runs" / "r")
    for words in ("a module talks", "a library talks", "the launcher talks", "stage 0 epoch 0"):
        assert words in done.err


@pytest.mark.usefixtures("one_process")
@pytest.mark.parametrize(
    ("data", "code", "words"),
    [
        ({"val": "gone.txt"}, 2, "data set must exist"),
        ({"train": "bad.txt", "strategy": "natural"}, 1, "rows must be free of E102"),
    ],
)
def test_the_exit_code_is_that_of_the_process_and_its_sentence_comes_last(
    write_recipe: Callable[..., Path], home: Path, cli: Cli, data: dict[str, str], code: int, words: str
) -> None:
    (home / "bad.txt").write_text("pictures/train_0_0.jpg 0\npictures/train_1_0.jpg x\npictures/train_2_0.jpg 2\n")

    done = cli("train", write_recipe("r", data=data), "--devices", "0", "--json")

    assert (done.code, done.out) == (code, "")
    assert words in done.err.splitlines()[-1]


def _report(folder: Path, rank: int, code: int, sentence: str, *, at: int) -> None:
    file = folder / f"{rank}.json"
    file.write_text(json.dumps({"code": code, "sentence": sentence}))
    os.utime(file, (at, at))


def test_the_first_process_that_failed_says_why(tmp_path: Path) -> None:
    """The others fail because it is gone."""
    _report(tmp_path, 0, 2, "error: a peer is gone.", at=20)
    _report(tmp_path, 1, 1, "error: findings.", at=10)

    ended = outcome(tmp_path, num_processes=3, launcher_code=9)

    assert ended == Outcome(code=1, sentence="error: findings.")


def test_a_process_that_was_killed_is_an_error_of_the_command(tmp_path: Path) -> None:
    _report(tmp_path, 0, 0, "", at=10)

    ended = outcome(tmp_path, num_processes=2, launcher_code=1)

    assert ended.code == 2
    assert "1 of 2 did not, and the launcher ended with 1" in ended.sentence


def test_processes_that_all_ended_well_outweigh_their_launcher(tmp_path: Path) -> None:
    for rank, at in ((1, 10), (0, 20)):
        _report(tmp_path, rank, 0, "", at=at)

    assert outcome(tmp_path, num_processes=2, launcher_code=1) == Outcome(code=0, sentence="")


@pytest.mark.slow
@pytest.mark.parametrize("trainer", ["paddle", "torch"])
def test_two_processes_print_one_document_and_end_with_their_own_code(
    write_recipe: Callable[..., Path], cli: Cli, trainer: str
) -> None:
    model = {"backbone": f"small_nets:{trainer}_net", "freeze": "until:drop"}
    recipe = write_recipe("r", model=model, run={"epochs": 1, "trainer": trainer})

    missing = cli("train", recipe, "--devices", "0,1", "--json", "-o", "data.val=gone.txt")
    done = cli("train", recipe, "--devices", "0,1", "--json")

    assert (missing.code, missing.out) == (2, "")
    assert "data set must exist" in missing.err.splitlines()[-1]
    assert done.code == 0, done.err
    assert set(json.loads(done.out)) == {"run", "report", "eval", "test"}


@pytest.mark.parametrize(("device", "seen", "expected"), [("auto", 0, True), ("auto", 1, False), ("cpu", 1, True)])
def test_processes_of_a_machine_without_a_gpu_run_on_the_cpu(
    device: str, seen: int, expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Paddle's launcher is not asked for devices that it would look for in vain, with a traceback."""
    from datatool.cli._train import _on_cpu

    monkeypatch.setattr("datatool.machine.gpus", lambda: ((object(),) * seen, None))
    assert _on_cpu(device) is expected


def test_a_gpu_that_is_asked_for_and_not_there_is_refused_before_a_process_starts(
    write_recipe: Callable[..., Path], cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("datatool.machine.gpus", lambda: ((), None))
    done = cli("train", write_recipe("r"), "--devices", "0,1", "-o", "global.device=gpu")
    assert done.code == 2
    assert "must name a device that is seen here; got 'gpu', and there is no GPU" in done.err
