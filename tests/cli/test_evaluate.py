"""What `datatool evaluate --list` and `data.val` take, and how lists without a usable image end."""

from __future__ import annotations

import io
import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.helpers.program import Cli
from tests.helpers.runs import Run


@pytest.fixture
def trained(run: Run) -> Path:
    return run(run={"epochs": 1})


@pytest.fixture
def broken(home: Path) -> Path:
    """A list of three files that are no pictures."""
    for index in range(3):
        (home / f"broken_{index}.jpg").write_bytes(b"nothing to see")
    path = home / "broken.txt"
    path.write_text("".join(f"broken_{index}.jpg {index}\n" for index in range(3)))
    return path


def test_a_list_is_read_from_standard_input(
    trained: Path, home: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its paths are relative to the current folder."""
    monkeypatch.chdir(home)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO((home / "val.txt").read_bytes())))

    done = cli("evaluate", trained, "--list", "-", "--json")

    assert done.code == 0, done.err
    assert sum(row["support"] for row in json.loads(done.out)["per_class"]) == 18


@pytest.mark.parametrize("option", [("evaluate", "--list"), ("train", "-o")])
def test_an_empty_path_is_no_data_set(
    trained: Path, write_recipe: Callable[..., Path], cli: Cli, option: tuple[str, str]
) -> None:
    """It is not the current folder with all that lies in it."""
    command = [trained, "--list", ""] if option[0] == "evaluate" else [write_recipe("empty"), "-o", 'data.val=""']

    done = cli(option[0], *command)

    assert done.code == 2
    assert "error: a data set must be given; got ''." in done.err


def test_a_list_without_a_readable_image_is_one_error(trained: Path, broken: Path, cli: Cli) -> None:
    done = cli("evaluate", trained, "--list", broken, "--json")

    assert done.code == 2
    assert done.out == ""
    assert "images to evaluate on must be readable; none of 3 is, the first is" in done.err.splitlines()[-1]


def test_training_beside_a_list_without_a_readable_image_is_one_error(
    write_recipe: Callable[..., Path], broken: Path, cli: Cli
) -> None:
    done = cli("train", write_recipe("r", data={"val": broken.name}))

    assert done.code == 2
    assert "images to evaluate on must be readable; none of 3 is" in done.err.splitlines()[-1]


@pytest.mark.parametrize(
    ("train", "hint"),
    [
        ({"train": "gone.plan", "strategy": None}, "make the plan again with datatool balance --root DIR"),
        ({"train": "gone/train.txt", "strategy": "natural"}, "a dataset file gives another, as root:"),
    ],
)
def test_training_images_that_are_gone_come_with_a_hint_that_a_recipe_can_follow(
    write_recipe: Callable[..., Path], home: Path, cli: Cli, train: dict[str, str | None], hint: str
) -> None:
    (home / "gone").mkdir()
    shutil.copy(home / "train.txt", home / "gone")
    assert cli("balance", home / "gone" / "train.txt", "--out", home / "gone.plan", "--strategy", "natural").code == 0

    done = cli("train", write_recipe("r", data=train))

    assert done.code == 2
    assert "images of data.train must exist; none of the first 36 does" in done.err.splitlines()[-1]
    assert hint in done.err.splitlines()[-1]
    assert not (home / "runs" / "r").exists()


def test_synthetic_rows_to_evaluate_on_are_said(trained: Path, home: Path, cli: Cli) -> None:
    (home / "mixed.csv").write_text(
        "path,label,source\n"
        + "".join(f"pictures/val_{i}_0.jpg,{i},{'synthetic' if i else 'real'}\n" for i in range(3))
    )

    done = cli("evaluate", trained, "--list", home / "mixed.csv", "--json")

    assert "warning: 2 of the 3 rows of" in done.err
    assert "are synthetic and count in balanced accuracy" in done.err
    assert set(json.loads(done.out)["per_source"][0]) >= {"per_class", "precision"}
    assert "warning" not in cli("evaluate", trained, "--json").err
