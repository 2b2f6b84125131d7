"""`datatool explain` as a user runs it."""

from __future__ import annotations

import gzip
import io
import json
import sys
from pathlib import Path

import pytest

from datatool.audit import CHECKS
from tests.helpers.foreign_files import FILES
from tests.helpers.program import Cli

LOG = (
    "ERROR: Unexpected BUS error encountered in DataLoader worker. insufficient shared memory (shm)\n"
    "SystemError: (Fatal) Blocking queue is killed because the data reader raises an exception.\n"
)
TEXT = (".html", ".svg", ".xml", ".json", ".txt", ".csv", "zero.pkl", "map.pkl", "array.pkl")  # of what is foreign


def test_the_cause_comes_first_then_what_followed(tmp_path: Path, cli: Cli) -> None:
    (tmp_path / "train.log").write_text(LOG)
    done = cli("explain", tmp_path / "train.log")
    assert done.code == 0, done.err
    assert done.out.startswith("Cause: A worker of the data loader ran out of shared memory.")
    assert done.out.index("worker-bus-error") < done.out.index("What followed") < done.out.index("blocking-queue")
    whole = ("  Run: ",)  # a command is pasted as it stands
    lines = [line for line in done.out.splitlines() if not line.startswith(whole) and str(tmp_path) not in line]
    assert [line for line in lines if len(line) > 80] == []


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_standard_input_is_a_log(cli: Cli, monkeypatch: pytest.MonkeyPatch, pack: type[bytes]) -> None:
    buffer = io.BufferedReader(io.BytesIO(pack(LOG.encode())))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(buffer))
    document = json.loads(cli("explain", "-", "--json").out)
    assert ("-", "worker-bus-error") == (document["log"], document["cause"]["rule"])


def test_a_log_that_matches_nothing_says_so(tmp_path: Path, cli: Cli) -> None:
    (tmp_path / "a.log").write_text("all is well\n")
    assert "nothing that a rule knows" in " ".join(cli("explain", tmp_path / "a.log").out.split())
    failure = 'Traceback (most recent call last):\n  File "own.py", line 3, in f\n    g()\nOwnError: 7\n'
    (tmp_path / "b.log").write_text(failure)
    out = cli("explain", tmp_path / "b.log").out
    assert out.startswith("No rule knows what happened")
    assert "The first traceback" in out
    assert 'File "own.py", line 3, in f' in out


def test_check_says_what_remains(tmp_path: Path, cli: Cli) -> None:
    failure = 'Traceback (most recent call last):\n  File "imagenet_dataset.py", line 71, in _load_anno\n    x\n'
    (tmp_path / "a.log").write_text(failure + "ValueError: invalid literal for int() with base 10: 'cat'\n")
    (tmp_path / "list.txt").write_text("a.jpg cat\nb.jpg dog\n")
    done = cli("explain", tmp_path / "a.log", "--check", "--list", tmp_path / "list.txt")
    out = " ".join(done.out.split())
    assert "confirmed here" in out
    assert "What remains: Class names stand where ids must." in out
    assert "datatool relabel" in out


@pytest.mark.parametrize("code", CHECKS)
def test_a_code_is_explained_in_the_words_of_its_check(cli: Cli, code: str) -> None:
    check = CHECKS[code]
    done = cli("explain", code.lower())
    assert done.code == 0, done.err
    said = " ".join(done.out.split())
    assert said.startswith(f"{code} {check.name}")
    assert " ".join(check.text.split()) in said
    assert " ".join(check.fix.split()) in said
    assert json.loads(cli("explain", code, "--json").out)["text"] == check.text


def test_a_file_of_the_name_of_a_code_is_a_log(tmp_path: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "W202").write_text(LOG)
    assert "worker-bus-error" in cli("explain", "W202").out


@pytest.mark.parametrize("words", ["W999", "nowhere.log", ""])
def test_what_is_neither_is_one_sentence(cli: Cli, words: str) -> None:
    done = cli("explain", words)
    assert done.code == 2
    assert done.err.count("\n") == 1
    assert "must" in done.err


@pytest.mark.parametrize(
    "name", [name for name in FILES if not name.endswith(TEXT) or FILES[name][1] == "a tar archive"]
)
def test_a_file_that_is_no_text_is_named_for_what_it_is(tmp_path: Path, cli: Cli, name: str) -> None:
    """And not searched for failures, which it could only hold by chance."""
    writer, noun = FILES[name]
    writer(tmp_path / name)
    done = cli("explain", tmp_path / name)
    assert done.code == 2
    assert f"LOG must be text; got {noun}" in done.err
    assert str(tmp_path / name) in done.err


@pytest.mark.parametrize(
    "log",
    [
        b"\0" * 100_000 + LOG.encode(),
        LOG.encode("utf-16"),
        b"<!DOCTYPE html><html><pre>\n" + LOG.encode(),
        b'{"epoch": 1}\n' + LOG.encode(),
        b"caf\xe9 " * 20 + b"\n" + LOG.encode(),
        gzip.compress(LOG.encode()),
    ],
    ids=["emptied while written", "utf-16", "a page of a build server", "json first", "latin-1", "gzip"],
)
def test_text_of_any_kind_is_read(tmp_path: Path, cli: Cli, log: bytes) -> None:
    (tmp_path / "given").write_bytes(log)
    document = json.loads(cli("explain", tmp_path / "given", "--json").out)
    assert document["cause"]["rule"] == "worker-bus-error"
