"""A run is evaluated on the val split of its own data set, or says that it is not evaluated."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from datatool.schemas import load_yaml
from tests.helpers.program import Cli

DATASET = "schema: datatool.dataset/1\ntrain: [{list: train.txt}]\nval: [{list: val.txt}]\n"


@pytest.mark.slow
def test_the_val_split_of_the_data_set_is_used_and_said(
    write_recipe: Callable[..., Path], home: Path, cli: Cli
) -> None:
    (home / "all.yaml").write_text(DATASET)
    recipe = write_recipe(data={"train": "all.yaml", "strategy": "natural", "val": None}, run={"epochs": 1})
    done = cli("train", recipe, "--json")
    assert done.code == 0, done.err
    assert "data.val is null: the val split of all.yaml is evaluated on" in done.err
    saved = load_yaml((home / "runs" / "r" / "recipe.yaml").read_text())
    assert saved["data"]["val"].endswith("all.yaml")
    supports = [row["support"] for row in json.loads((home / "runs" / "r" / "eval.json").read_text())["per_class"]]
    assert [6, 6, 6] == supports
    again = cli("train", recipe, "--resume")
    assert (again.code, "is finished" in again.err) == (0, True), again.err
    assert cli("evaluate", home / "runs" / "r", "--json").code == 0


@pytest.mark.slow
@pytest.mark.parametrize("data", [{"train": "train.txt", "strategy": "natural"}, {}], ids=["a list", "a plan"])
def test_a_run_without_val_says_so(
    write_recipe: Callable[..., Path], home: Path, cli: Cli, data: dict[str, str]
) -> None:
    done = cli("train", write_recipe(data={**data, "val": None}, run={"epochs": 1}))
    assert done.code == 0, done.err
    assert "data.val is null: nothing is evaluated" in done.err
    assert not (home / "runs" / "r" / "eval.json").exists()
