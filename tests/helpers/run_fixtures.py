"""Fixtures of small runs, for every room that needs one; they import the rooms when they are asked for."""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.helpers.runs import BASE, Run, WriteRecipe
from tests.helpers.training_lists import BACKBONES, write_lists


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """No launcher's variables reach a test, and what a run says reaches pytest, whatever commands were run before."""
    monkeypatch.setattr(logging.getLogger("datatool.training"), "propagate", True)
    for name in list(os.environ):
        if name.startswith("PADDLE_TRAINER") or name in ("RANK", "WORLD_SIZE", "LOCAL_RANK", "MASTER_ADDR"):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def lists(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with pictures, `train.txt` (24, 8 and 4 of three classes), `val.txt` (6 each) and natural `nat.plan`."""
    from datatool.balance import make_plan
    from datatool.rows import open_rows, resolve

    folder = tmp_path_factory.mktemp("lists")
    write_lists(folder)
    with open_rows(resolve(str(folder / "train.txt"))) as rows:
        make_plan(rows, strategy="natural", out=folder / "nat.plan")
    with open_rows(resolve(str(folder / "train.txt"))) as rows:
        make_plan(rows, strategy="oversample", out=folder / "over.plan")
    return folder


@pytest.fixture
def home(lists: Path, tmp_path: Path) -> Path:
    """A folder for recipes, with the lists and the small backbones in it."""
    for name in ("pictures", "train.txt", "val.txt", "nat.plan", "over.plan"):
        (tmp_path / name).symlink_to(lists / name)
    shutil.copy(BACKBONES, tmp_path / "small_nets.py")
    return tmp_path


@pytest.fixture
def write_recipe(home: Path) -> WriteRecipe:
    """Write a recipe: the small one with sections overridden."""

    def write(name: str = "r", **sections: dict[str, Any]) -> Path:
        tree = {section: {**keys, **sections.get(section, {})} for section, keys in BASE.items()}
        tree.update({section: keys for section, keys in sections.items() if section not in tree})
        path = home / f"{name}.yaml"
        path.write_text(yaml.safe_dump(tree))
        return path

    return write


@pytest.fixture
def run(write_recipe: WriteRecipe) -> Run:
    """Write a recipe and train it in this process; the run folder."""

    from datatool.runs import read_recipe
    from datatool.trainers import make_trainer
    from datatool.training import fit

    def train(name: str = "r", *, resume: bool = False, **sections: dict[str, Any]) -> Path:
        reading = read_recipe(write_recipe(name, **sections))
        return fit(make_trainer(reading.recipe.run.trainer), reading.recipe, base=reading.base, resume=resume)

    return train


@pytest.fixture(scope="session")
def _toy_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("toy")
    source = shutil.copytree(Path(__file__).parent / "toy_plugin", folder / "source")  # a build leaves files behind
    command = [sys.executable, "-m", "pip", "install", "-q", "--no-index", "--no-deps", "--no-build-isolation"]
    subprocess.run([*command, "--target", folder / "site", source], check=True)
    return folder / "site"


@pytest.fixture
def toy_plugin(_toy_site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A distribution with a trainer `toy` and a tracker `kept`, installed by pip where this test looks."""
    monkeypatch.syspath_prepend(_toy_site)
