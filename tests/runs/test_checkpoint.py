"""Checkpoints: torn ones are passed over, a full disk keeps the last, the newest and the best stay."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from datatool.errors import CheckpointError
from datatool.runs import best
from tests.helpers.runs import EAGER, Run, figures, same


@pytest.mark.parametrize("damage", ["cut", "flip", "state", "gone"])
def test_a_torn_checkpoint_is_passed_over(run: Run, home: Path, damage: str) -> None:
    """Whatever happened to its files, the one before it is taken and the end is the same."""
    whole = run("whole", **EAGER)
    torn = home / "runs" / "torn"
    shutil.copytree(whole, torn)
    (torn / "report.html").unlink()
    (torn / "recipe.yaml").write_text((torn / "recipe.yaml").read_text().replace("name: whole", "name: torn"))
    newest = max((torn / "checkpoints").iterdir(), key=lambda path: int(path.name[5:]))
    file = newest / ("state.json" if damage == "state" else "model.safetensors")
    data = file.read_bytes()
    if damage == "gone":
        file.unlink()
    else:
        file.write_bytes(data[: len(data) // 2] if damage != "flip" else data[:-3] + b"abc")
    run("torn", resume=True, **EAGER)
    assert same(torn, whole)


def test_a_full_disk_keeps_the_last_checkpoint_and_says_so(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence names it; after making room the run goes on to the same end."""
    whole = run("whole", run={"epochs": 3})
    write = Path.write_bytes

    def full(path: Path, data: Any) -> int:
        if "step_10" in str(path.parent):
            raise OSError(28, "No space left on device")
        return write(path, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(CheckpointError, match="step_5 is whole and kept"):
        run("full", run={"epochs": 3})
    monkeypatch.undo()
    folder = run("full", resume=True, run={"epochs": 3})
    assert same(folder, whole)
    assert not list((folder / "checkpoints").glob(".*"))


def test_the_newest_and_the_best_checkpoints_are_kept(run: Run) -> None:
    """`keep: 1` leaves the last and the one with the highest balanced accuracy."""
    folder = run(run={"epochs": 5, "keep": 1})
    checkpoints = folder / "checkpoints"
    scores = {line["step"]: line["eval"]["balanced_accuracy"] for line in figures(folder)}
    highest = max(scores, key=lambda step: (scores[step], -step))
    assert {path.name for path in checkpoints.iterdir()} == {f"step_{highest}", f"step_{max(scores)}"}
    assert best(checkpoints) == checkpoints / f"step_{highest}"


def test_the_best_epoch_is_kept_where_checkpoints_come_by_steps(run: Run) -> None:
    """An epoch's end that is the new best is saved, though it is no multiple of `checkpoint_every`."""
    folder = run(run={"epochs": 4, "checkpoint_every": 7, "keep": 1})
    scores = {line["step"]: line["eval"]["balanced_accuracy"] for line in figures(folder)}
    highest = max(scores, key=lambda step: (scores[step], -step))
    assert {path.name for path in (folder / "checkpoints").iterdir()} == {f"step_{highest}", f"step_{max(scores)}"}
