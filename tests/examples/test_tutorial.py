"""docs/tutorial.md, walked as a newcomer does: from an empty environment, on some of the photographs that it names."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from PIL import Image

from tests.helpers.blocks import FINDINGS_PASS, blocks
from tests.helpers.empty_environment import clone, empty_variables, skip_without_index
from tests.helpers.program import REPOSITORY

EVERY = 30  # photographs; 108 are left
SIDE = 64  # px, short side, from which `config init` takes the size of its crop
HERE = "tests/examples/test_tutorial.py"


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_the_tutorial_leads_from_an_empty_environment_to_a_verified_model(
    shared_data: Path, shared_weights: Path, tmp_path: Path
) -> None:
    """The photographs are copied, smaller, in place of cloning them; a file stands for weights that Paddle fetches."""
    (install, fetch, *walk) = blocks(REPOSITORY / "docs" / "tutorial.md", name="tutorial.md")
    assert {block.test for block in (install, fetch, *walk)} == {HERE}
    variables = empty_variables(tmp_path / "home")
    home, work = clone(tmp_path / "clone"), tmp_path / "work"
    done = run(install.commands, home, variables)
    skip_without_index(done)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-6000:]

    fetch_line, link_line = fetch.commands.splitlines()
    assert fetch_line.startswith("git clone https://")
    bring(shared_data / "clothing" / "train", work / fetch_line.rpartition("/")[2] / "train")
    weights = shared_weights / "resnet18_tinyimagenet.safetensors"
    text = "\n".join([activation(install.commands, home), link_line, *(block.commands for block in walk)])
    text = text.replace("pretrained default", f"pretrained {weights}").replace(
        "pretrained=default", f"pretrained={weights}"
    )
    done = run(FINDINGS_PASS + text, work, variables)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-6000:]
    meta = json.loads((work / "model" / "model.meta.json").read_text())
    assert meta["names"][:3] == ["dress", "hat", "longsleeve"]
    assert meta["verified"]["images"] == meta["verified"]["same_top1"] > 0


def run(commands: str, folder: Path, variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """In a shell that stops at the first failure."""
    return subprocess.run(
        ["bash", "-ex"], input=commands, text=True, cwd=folder, env=variables, capture_output=True, timeout=1000
    )


def activation(install: str, home: Path) -> str:
    """The line of the installation that a reader has done in the shell that goes on."""
    (line,) = [line for line in install.splitlines() if line.startswith("source ")]
    return f"cd {home}; {line}; cd -"


def bring(source: Path, target: Path) -> None:
    for folder in source.iterdir():
        (target / folder.name).mkdir(parents=True)
        for picture in sorted(folder.iterdir())[::EVERY]:
            with Image.open(picture) as opened:
                opened.thumbnail((2 * SIDE, SIDE) if opened.width > opened.height else (SIDE, 2 * SIDE))
                opened.save(target / folder.name / picture.name, quality=95)
