"""The shipped recipes run, on a tiny set in place of their data."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from datatool.runs import read_recipe, stage_recipes
from datatool.schemas import Recipe, load_yaml
from datatool.trainers import make_trainer
from datatool.training import fit
from tests.helpers.program import REPOSITORY
from tests.helpers.training_lists import write_lists

RECIPES = sorted((REPOSITORY / "examples").glob("*.yaml"))


@pytest.mark.parametrize("path", RECIPES, ids=[path.stem for path in RECIPES])
def test_a_shipped_recipe_is_complete(path: Path) -> None:
    """Every key is known, every stage resolves."""
    reading = read_recipe(path)
    assert isinstance(reading.recipe, Recipe)
    assert stage_recipes(reading.recipe)


def tiny(path: Path, *, epochs: int = 1, freeze: str | None = None) -> Recipe:
    """A shipped recipe over the tiny set, without its weight file; ``freeze`` in place of its own."""
    tree = load_yaml(path.read_text())
    for stage in tree["run"].get("stages", []):
        stage["run"]["epochs"] = epochs
    tree["run"].update(epochs=epochs, name=path.stem)
    tree["model"]["pretrained"] = None
    if freeze is not None:
        tree["model"]["freeze"] = freeze
    tree["data"].update(train="joined.yaml", val="val.txt", image_size=32, num_threads=1, batch_size=8, epoch_size=None)
    tree["global"]["output"] = "runs"
    if "distill" in tree:
        tree["distill"]["teacher"] = f"runs/{Path(tree['distill']['teacher']).name}"
    return Recipe.parse(tree)


@pytest.mark.parametrize("path", RECIPES, ids=[path.stem for path in RECIPES])
def test_a_shipped_recipe_trains(path: Path, tmp_path: Path) -> None:
    """Its own stages, freezing and strategies; small pictures, no weight file, one epoch a stage."""
    pytest.importorskip("paddle")
    write_lists(tmp_path)
    (tmp_path / "synthetic").symlink_to(tmp_path / "pictures")
    lines = [f"synthetic/train_{label}_0.jpg {label}\n" for label in range(3)]
    (tmp_path / "synthetic.txt").write_text("".join(lines))
    (tmp_path / "joined.yaml").write_text(
        "schema: datatool.dataset/1\ntrain:\n  - {list: train.txt}\n  - {list: synthetic.txt, source: synthetic}\n"
    )
    recipe = tiny(path)
    if recipe.distill.teacher is not None:
        # A head on features that are computed once is soon better than chance.
        teacher = tiny(path.with_name(Path(recipe.distill.teacher).name + ".yaml"), freeze="backbone", epochs=8)
        fit(make_trainer("paddle"), teacher, base=tmp_path)
    folder = fit(make_trainer("paddle"), recipe, base=tmp_path)
    stages = stage_recipes(recipe)
    assert len((folder / "metrics.jsonl").read_text().splitlines()) == len(stages)
    for index, stage in enumerate(stages):
        plan = json.loads((folder / "plans" / f"stage_{index}.plan" / "plan.json").read_text())
        synthetic = sum(cell["quota"] for cell in plan["cells"] if cell["source"] == "synthetic")
        assert (synthetic == 0) == (stage.recipe.data.synthetic_share == 0)
