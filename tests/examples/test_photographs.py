"""examples/photographs.yaml on the photographs that it names, which lie beside the checkout here."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.helpers.blocks import blocks
from tests.helpers.program import REPOSITORY, Cli

RECIPE = REPOSITORY / "examples" / "photographs.yaml"


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_the_recipe_trains_on_the_folders_that_git_brings(
    shared_data: Path, shared_weights: Path, tmp_path: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Small pictures, one epoch of few draws, and weights of a file in place of those that Paddle would fetch."""
    pytest.importorskip("paddle")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    home = tmp_path / "examples"
    brought = home / "clothing-dataset-small"
    brought.mkdir(parents=True)
    for split in ("train", "validation", "test"):
        (brought / split).symlink_to(shared_data / "clothing" / split)
    shutil.copy(RECIPE, home)
    settings = ("image_size=64", "eval_resize=64", "epoch_size=300")
    options = [
        part
        for setting in (
            "run.epochs=1", "global.device=cpu", *(f"data.{setting}" for setting in settings),
            f"model.pretrained={shared_weights / 'resnet18_tinyimagenet.safetensors'}",
        )
        for part in ("-o", setting)
    ]  # fmt: skip
    done = cli("train", home / RECIPE.name, *options)
    assert done.code == 0, done.err
    document = json.loads((tmp_path / "runs" / "photographs" / "eval.json").read_text())
    assert [row["name"] for row in document["per_class"]][:3] == ["dress", "hat", "longsleeve"]
    assert sum(row["support"] for row in document["per_class"]) == 341, "the folder's own val split"
    assert document["top1"] > 0.2, "twice chance"


def test_the_readme_brings_them_by_the_command_of_the_recipe() -> None:
    """One address, one folder."""
    here = "tests/examples/test_photographs.py"
    (block,) = [block for block in blocks(REPOSITORY / "README.md", name="README.md") if block.test == here]
    in_recipe = [line.removeprefix("#").strip() for line in RECIPE.read_text().splitlines() if line.startswith("#  ")]
    assert block.commands.splitlines() == in_recipe
