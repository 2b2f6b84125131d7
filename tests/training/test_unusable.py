"""Images that a run could not use are said by name."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from datatool.loader import FileError
from datatool.training._unusable import say_unusable
from tests.helpers.program import Cli

LISTS = ("train.txt", "val.txt")


def test_each_file_is_said_once_with_its_reason(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="datatool.training")
    errors = [
        FileError(path=f"{number}.jpg", row=number, reason="the file is empty", action="replaced", times=3)
        for number in range(7)
    ]
    errors.append(FileError(path="cut.jpg", row=7, reason="the end marker was missing", action="repaired", times=1))
    assert say_unusable(errors[:1], 0) == 1
    assert say_unusable(errors[:1], 1) == 1
    assert say_unusable(errors, 1) == 8
    assert [record.getMessage().partition(": ")[0] for record in caplog.records] == [
        "1 image replaced by others of the same class and source",
        "6 images replaced by others of the same class and source",
        "1 image mended on reading",
    ]
    assert "5.jpg (the file is empty), ..." in caplog.text
    assert "6.jpg" not in caplog.text


@pytest.mark.slow
def test_a_run_names_what_it_replaced_and_what_it_left_out_of_its_evaluation(
    write_recipe: Callable[..., Path], home: Path, cli: Cli
) -> None:
    shutil.copytree((home / "pictures").resolve(), home / "own")
    rows = {name: (home / name).read_text().replace("pictures/", "own/").splitlines() for name in LISTS}
    bad, unread = (home / rows[name][0].split()[0] for name in LISTS)
    for path in (bad, unread):
        path.write_bytes(b"no picture")
    (home / "many.txt").write_text("\n".join(rows["train.txt"] * 4))  # one row of a hundred may fail
    (home / "few.txt").write_text("\n".join(rows["val.txt"]))
    recipe = write_recipe(
        data={"train": "many.txt", "strategy": "natural", "val": "few.txt", "augment": "crop-flip"}, run={"epochs": 1}
    )
    done = cli("train", recipe)
    assert done.code == 0, done.err
    assert f"1 image replaced by others of the same class and source: {bad} (" in done.err
    assert f"1 of 18 images could not be read and are left out of the evaluation: {unread}" in done.err
