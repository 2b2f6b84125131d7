"""`datatool.train` from a path or from sections, in which plans and data sets are the objects themselves."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

import datatool
from datatool.errors import ConfigError
from datatool.schemas import load_yaml
from tests.helpers.runs import BASE, WriteRecipe, same

pytest.importorskip("paddle")


@pytest.fixture(autouse=True)
def here(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(home)
    return home


def _sections(**data: Any) -> dict[str, Any]:
    tree = copy.deepcopy(BASE)
    tree["run"]["epochs"] = 1
    tree["data"].update(data)
    return tree


def test_a_mapping_trains_as_its_file_does(here: Path, write_recipe: WriteRecipe) -> None:
    by_file = datatool.train(write_recipe("file", run={"epochs": 1}))
    plan = datatool.Plan.open("nat.plan")
    run = datatool.train(_sections(train=plan, val=Path("val.txt")), override="run.name=mapping")

    assert Path("runs/mapping").absolute() == run.folder
    assert same(by_file.folder, run.folder)
    assert str((here / "nat.plan").absolute()) == run.recipe.data.train
    with pytest.raises(ConfigError, match="a run folder must be new"):
        datatool.train(_sections(train=plan), override=["run.name=mapping"])
    with pytest.raises(ConfigError, match=r"key must be a known one; got 'data.trian'.*did you mean 'data.train'\?"):
        datatool.train(_sections(trian=plan))
    with pytest.raises(ConfigError, match="a recipe must be a path or a mapping of sections; got int"):
        datatool.train(3)  # type: ignore[arg-type]


def test_data_sets_stand_in_a_recipe_and_the_run_keeps_them(here: Path) -> None:
    train = datatool.read("train.txt")
    val = [line.rsplit(" ", 1) for line in (here / "val.txt").read_text().splitlines()]
    held = datatool.read(([here / path for path, _ in val], [int(label) for _, label in val]))
    run = datatool.train(_sections(train=train, strategy="natural", val=held))

    assert str(here / "train.txt") == run.recipe.data.train
    assert str(here / "runs" / "run.data" / "data-val") == run.recipe.data.val
    assert run.eval is not None
    del held
    assert run.eval.per_class == run.evaluate().per_class
    again = datatool.train(
        _sections(train=train, strategy="natural", val=datatool.read("val.txt", root=here)), resume=True
    )
    assert run.folder == again.folder


def test_a_run_is_evaluated_and_exported(here: Path) -> None:
    run = datatool.train(_sections())
    opened = datatool.Run("runs/run")
    listed = opened.evaluate("val.txt")
    rows = [line.rsplit(" ", 1) for line in (here / "val.txt").read_text().splitlines()]
    held = opened.evaluate(list=datatool.read(([path for path, _ in rows], [int(label) for _, label in rows])))
    exported = opened.export("model", images=4)

    assert run.eval is not None
    assert run.eval.document.per_class == listed.document.per_class == held.document.per_class
    assert exported.meta.verified.images == 4
    assert (here / "model" / "model.meta.json").is_file()
    assert ["class", "name", "support", "recall", "precision"] == listed.to_arrow().column_names
    assert json.loads(listed.to_json())["top1"] == listed.top1
    assert repr(run).startswith(f"<Run: {run.folder}; balanced accuracy ")
    assert repr(listed).startswith("<Evaluation: balanced accuracy ")
    assert "<caption>balanced accuracy" in listed._repr_html_()
    assert Path("saved") == listed.save("saved")
    assert (here / "saved" / "eval.csv").is_file()
    assert 1 == run.to_arrow().num_rows
    page = run._repr_html_()
    assert page is not None
    assert "Balanced accuracy" in page or "balanced accuracy" in page


def test_what_is_no_run_is_said(here: Path) -> None:
    with pytest.raises(ConfigError, match=r"a run must be a folder that datatool train wrote; got 'nat\.plan'"):
        datatool.Run("nat.plan")


def test_the_recipe_of_a_run_holds_plain_values(here: Path) -> None:
    run = datatool.train(_sections(train=datatool.read("train.txt").balance("sqrt"), mean=(0.5, 0.5, 0.5)))
    assert [0.5, 0.5, 0.5] == load_yaml((run.folder / "recipe.yaml").read_text())["data"]["mean"]
