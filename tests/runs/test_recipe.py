"""Recipes: files, overrides, PaddleClas names, origins."""

from __future__ import annotations

from pathlib import Path

import pytest

from datatool.errors import ConfigError
from datatool.runs import read_recipe


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    path = tmp_path / "clothes.yaml"
    path.write_text("run: {epochs: 3, stages: [{loss: {focal: 2}}, {}]}\noptimizer: {lr: 1e-2}\n")
    return path


def test_the_run_is_named_after_the_file(recipe: Path) -> None:
    """`run.name` defaults to the recipe's stem."""
    assert read_recipe(recipe).recipe.run.name == "clothes"


def test_overrides_reach_keys_list_items_and_stages(recipe: Path) -> None:
    """Dotted keys, indices of lists, and values under the YAML core rules."""
    overrides = ["optimizer.lr=1e-3", "data.mean.0=0.5", "run.stages.1.model.freeze=backbone", "run.name=a=b"]
    found = read_recipe(recipe, overrides=overrides).recipe
    assert found.optimizer.lr == 0.001
    assert found.data.mean == (0.5, 0.456, 0.406)
    assert found.run.stages == [{"loss": {"focal": 2}}, {"model": {"freeze": "backbone"}}]
    assert found.run.name == "a=b"


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("optimizer.lrr=1", "did you mean 'optimizer.lr'?"),
        ("optimizer.learning_rate=1", "keys of 'optimizer' are name, lr, weight_decay"),
        ("nothing=1", "(-o nothing=1). Hint: keys here are global, model, data"),
        ("model.freeze=[0, a]", "'model.freeze.0' must be text; got 0"),
        ("global.device=tpu", "'global.device' must match ^(auto|cpu|gpu"),
        ("data.mean=[1, 2, 3, 4]", "'data.mean' must have at most 3 values; got [1, 2, 3, 4]"),
        ("model.freeze=3", "'model.freeze' must be text, or be a list; got 3"),
        ("run.feature_cache=no", "'run.feature_cache' must be 'auto', 'on' or 'off'"),
        ("run.feature_cache=true", "'run.feature_cache' must be 'auto', 'on' or 'off', or be a whole number; got True"),
        ("model=3", "'model' must be keys with their values; got 3"),
        ("runn.epochs=2", "did you mean 'run.epochs'?"),
        ("run.stages.0.los.focal=1", "did you mean 'run.stages.0.loss'?"),
        ("run.stages.0.loss.focall=1", "did you mean 'run.stages.0.loss.focal'?"),
        ("run.stages.0.run.name=x", "key must be a known one; got 'run.stages.0.run.name'"),
        ("run.stages.2.loss.focal=1", "must be 0 to 1; got '2'"),
        ("data.mean.3=1", "must be 0 to 2; got '3'"),
        (f"data.mean.{'9' * 5000}=1", "must be 0 to 2; got '9"),
        ("loss.name.x=1", "below a plain value"),
        ("optimizer.lr=abs", "must be a number; got 'abs'"),
        ("optimizer.amp=yes", "got 'yes'"),
        ("optimizer.lr=.inf", "must be a finite number; got inf (-o optimizer.lr=.inf)"),
        ("optimizer.weight_decay=1e999", "finite number; got inf (-o optimizer.weight_decay=1e999)"),
        ("optimizer.warmup_epochs=.nan", "finite number"),
        ("data.std.1=.inf", "finite number; got inf (-o data.std.1=.inf)"),
        ("run.name=../esc", "a run's name is that of one folder in global.output; got '../esc' (-o run.name=../esc)"),
        ("run.name=..", "got '..'"),
        ("global.output=s3://b/runs", "runs are written to this machine; copy them to a bucket with the store's own"),
        ('run.name=""', "got ''"),
        ("model.freeze=3", "(-o model.freeze=3)"),
        ("run={epochs: -1}", "(-o run={epochs: -1})"),
        ("run.stages.0.loss.focall=2", "(-o run.stages.0.loss.focall=2)"),
        ("run.trackers.0=visualdl", "the list is empty. Hint: give the whole list: -o run.trackers=[...]"),
        ("optimizer.lr", "an override must be key.path=value; got 'optimizer.lr'"),
        ("DataLoader.TRAIN.sampler.batch_size=512", "data.batch_size here"),
        ("Arch.class_nun=5", "PaddleClas spells it Arch.class_num, which is model.class_num here"),
    ],
)
def test_an_override_that_means_nothing_is_refused_with_what_was_meant(
    recipe: Path, override: str, message: str
) -> None:
    """Nothing is created, evaluated or swallowed."""
    with pytest.raises(ConfigError) as caught:
        read_recipe(recipe, overrides=[override])
    assert message in str(caught.value)


def test_a_value_of_the_file_is_named_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text("optimizer: {lr: -1}\nrun: {stages: [{los: {}}]}\n")
    with pytest.raises(ConfigError, match=r"'run.stages.0.los' \(.*bad.yaml:2\)"):
        read_recipe(path, overrides=["loss.focal=2"])
    with pytest.raises(ConfigError, match=r"greater than 0; got -1 \(.*bad.yaml:1\)"):
        read_recipe(path, overrides=["run.stages=[]"])


def test_names_of_paddleclas_are_taken_with_a_hint(recipe: Path, tmp_path: Path) -> None:
    """From the command line and from the file, values translated."""
    path = tmp_path / "old.yaml"
    path.write_text("Arch: {name: ResNet50_vd, class_num: 12}\nLoss: {Train: [{CELoss: {epsilon: 0.1}}]}\n")
    found = read_recipe(path, overrides=["DataLoader.Train.sampler.batch_size=512"])
    assert found.recipe.model.backbone == "datatool:resnet50_vd"
    assert found.recipe.model.class_num == 12
    assert found.recipe.loss.label_smoothing == 0.1
    assert found.recipe.data.batch_size == 512
    assert "DataLoader.Train.sampler.batch_size is data.batch_size here" in found.hints


def test_every_value_has_an_origin(recipe: Path) -> None:
    """Default, file or override, for items of lists too."""
    origins = read_recipe(recipe, overrides=["data.mean.0=0.5", "optimizer.amp=true"]).origins
    assert origins["data.batch_size"] == "default"
    assert origins["optimizer.lr"] == "clothes.yaml"
    assert origins["optimizer.amp"] == "-o optimizer.amp=true"
    assert origins["data.mean"] == "-o data.mean.0=0.5"
    assert origins["run.stages.0.loss.focal"] == "clothes.yaml"
    assert origins["run.keep"] == "default"


def test_a_recipe_that_is_not_sections_is_refused(tmp_path: Path) -> None:
    """A list, a missing file and broken YAML each give one sentence."""
    path = tmp_path / "r.yaml"
    path.write_text("- 1\n")
    with pytest.raises(ConfigError, match="must be sections"):
        read_recipe(path)
    with pytest.raises(ConfigError, match="readable YAML file"):
        read_recipe(tmp_path / "none.yaml")
    path.write_text("data: 5\n")
    with pytest.raises(ConfigError, match="'data' must be keys with their values; got 5"):
        read_recipe(path)


def test_a_plan_given_as_a_recipe_is_called_one(tmp_path: Path) -> None:
    (tmp_path / "x.plan").mkdir()
    (tmp_path / "x.plan" / "plan.json").write_text("{}")
    with pytest.raises(ConfigError, match=r"which is a plan\. Hint: name it in a recipe: data: \{train: .*x\.plan\}"):
        read_recipe(tmp_path / "x.plan")
