"""Every command block of the README and of the pages runs, in order, as written, in the folder that the demo leaves."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.helpers.blocks import Block, bare_fences, blocks, programs
from tests.helpers.once import made_once
from tests.helpers.program import REPOSITORY

# docs/cli.md is what the program printed; tests/test_docs.py prints it again.
PAGES = [
    page for page in (REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").rglob("*.md"))) if page.name != "cli.md"
]
_BLOCKS = {str(page.relative_to(REPOSITORY)): blocks(page, name=page.name) for page in PAGES}
_WITH_COMMANDS = [name for name, found in _BLOCKS.items() if any(block.reason is block.test is None for block in found)]


@pytest.fixture(scope="module")
def left_by_demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a demo that trained little."""
    pytest.importorskip("sklearn")
    pytest.importorskip("paddle")
    return made_once(tmp_path_factory, "demo", _little_demo) / "demo-out"


def _little_demo(folder: Path) -> None:
    from datatool.demo import _digits, _run

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_digits, "NUM_PRETRAIN", 30)
        patch.setattr(_run, "PRETRAIN_EPOCHS", 2)
        patch.setattr(_run, "TUNE_EPOCHS", 2)
        _run.run_demo(folder / "demo-out")


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", _WITH_COMMANDS)
def test_the_commands_of_a_page_run_as_written(name: str, left_by_demo: Path, tmp_path: Path) -> None:
    """One shell for each page; the last line that begins with @@ says which block failed."""
    home = tmp_path / "demo-out"
    shutil.copytree(left_by_demo, home)
    script = "".join(map(_script, _BLOCKS[name]))
    own = {"XDG_CACHE_HOME": str(tmp_path / "cache"), "HF_HOME": str(tmp_path / "cache")}
    variables = os.environ | programs(tmp_path / "bin") | own
    done = subprocess.run(["bash", "-e"], input=script, text=True, cwd=home, env=variables, capture_output=True)
    assert done.returncode == 0, f"{done.stdout[-6000:]}\n{done.stderr[-4000:]}"


def _script(block: Block) -> str:
    if block.reason is not None or block.test is not None:
        return ""
    return f"echo '@@ {block.place}'\n{block.first}\n{block.commands}\n"


def test_blocks_that_are_run_elsewhere_name_a_test_that_is_there() -> None:
    named = [(block.place, block.test) for found in _BLOCKS.values() for block in found if block.test is not None]
    assert [place for place, test in named if not (REPOSITORY / str(test)).is_file()] == []


def test_few_blocks_cannot_run_here_and_each_says_why() -> None:
    """Named here, so that none slips in."""
    reasons = [
        (block.place.partition(":")[0], block.reason) for found in _BLOCKS.values() for block in found if block.reason
    ]
    assert reasons == [
        ("buckets.md", "needs a bucket"),
        ("buckets.md", "needs a bucket"),
        ("buckets.md", "needs a bucket"),
        ("buckets.md", "needs a bucket"),
        ("several-gpus.md", "needs four GPUs"),
        ("shared-memory.md", "needs Docker"),
        ("install.md", "it would install packages"),
        ("install.md", "needs Docker"),
    ]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_each_fence_says_what_it_holds(page: Path) -> None:
    """A fence without a word would hide its commands from the test."""
    assert bare_fences(page) == []
