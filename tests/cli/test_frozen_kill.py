"""A killed `advise` or `suspects` goes on from the features that it has computed."""

from __future__ import annotations

from pathlib import Path

import pytest

from datatool.features import _list
from tests.helpers.frozen import frozen_recipe
from tests.helpers.program import Cli

# Pieces of eight pictures; the process kills itself as `kill -9` would after the third.
KILLED = """
import os, signal, sys
from datatool.features import _list
from datatool.features._pieces import Pieces

_list._PIECE = 8
add, count = Pieces.add, 0

def add_and_die(self, *given, **named):
    global count
    add(self, *given, **named)
    count += 1
    if count == 3:
        os.kill(os.getpid(), signal.SIGKILL)

Pieces.add = add_and_die
sys.argv = ["datatool", *sys.argv[1:]]
from datatool.cli import main
main()
"""


@pytest.mark.slow
@pytest.mark.parametrize("command", ["advise", "suspects"])
def test_a_killed_command_goes_on_from_its_features(
    cli: Cli, process: Cli, home: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """24 of 36 pictures were computed, and no folder was left half-written; 12 are left to do."""
    arguments = [command, home / "train.txt", "--recipe", frozen_recipe(home), "--features", home / "kept"]
    arguments += ["--out", home / "out"]
    (home / "killed.py").write_text(KILLED)
    done = process(home / "killed.py", *arguments, cwd=home)
    assert done.code == -9, done.err
    assert not (home / "out").exists()
    computed: list[int] = []
    plain = _list._plain

    def counted(paths: list[str], *given: object, mirrored: bool = False) -> object:
        computed.append(0 if mirrored else len(paths))
        return plain(paths, *given, mirrored=mirrored)  # type: ignore[arg-type]

    monkeypatch.setattr(_list, "_plain", counted)
    done = cli(*arguments)
    assert done.code == 0, done.err
    assert (home / "out" / f"{command}.json").is_file()
    assert 12 in computed
    assert 36 not in computed
