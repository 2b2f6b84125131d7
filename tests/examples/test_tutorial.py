"""docs/tutorial.md, walked as a newcomer does, on a thirtieth of the photographs that it names."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.helpers.blocks import blocks, programs
from tests.helpers.program import REPOSITORY

EVERY = 30
HERE = "tests/examples/test_tutorial.py"


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_the_tutorial_leads_to_a_verified_model(shared_data: Path, shared_weights: Path, tmp_path: Path) -> None:
    """There is no network: the photographs are copied, and a file stands for the weights that Paddle would fetch."""
    pytest.importorskip("paddle")
    (clone, *walk) = [block for block in blocks(REPOSITORY / "docs" / "tutorial.md", name="tutorial.md") if block.test]
    assert {block.test for block in (clone, *walk)} == {HERE}
    clone_line, link_line = clone.commands.splitlines()
    assert clone_line.startswith("git clone https://")
    bring(shared_data / "clothing" / "train", tmp_path / clone_line.rpartition("/")[2] / "train")
    weights = shared_weights / "resnet18_tinyimagenet.safetensors"
    text = "\n".join([link_line, *(block.commands for block in walk)])
    text = text.replace("--pretrained default", f"--pretrained {weights}")
    text = text.replace("model.pretrained=default", f"model.pretrained={weights}")
    variables = os.environ | programs(tmp_path / "bin") | {"XDG_CACHE_HOME": str(tmp_path / "cache")}
    done = subprocess.run(["bash", "-ex"], input=text, text=True, cwd=tmp_path, env=variables, capture_output=True)
    assert done.returncode == 0, f"{done.stdout[-6000:]}\n{done.stderr[-6000:]}"
    meta = json.loads((tmp_path / "model" / "model.meta.json").read_text())
    assert meta["names"][:3] == ["dress", "hat", "longsleeve"]
    assert meta["verified"]["images"] == meta["verified"]["same_top1"] > 0


def bring(source: Path, target: Path) -> None:
    for folder in source.iterdir():
        (target / folder.name).mkdir(parents=True)
        for picture in sorted(folder.iterdir())[::EVERY]:
            shutil.copy(picture, target / folder.name)
