"""`module:callable` beside a recipe: each recipe's own, once per file, and faults in one sentence."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from datatool.errors import ConfigError, MissingDependencyError
from datatool.evaluation import open_trained
from datatool.models import make_backbone
from tests.helpers.runs import Run
from tests.helpers.training_lists import BACKBONES

WIDTH = """
from helper import WIDTH
from paddle import nn
def net(num_classes):
    import later
    return nn.Sequential(nn.Conv2D(3, WIDTH, 3), nn.AdaptiveAvgPool2D(1), nn.Flatten(), nn.Linear(WIDTH, num_classes))
"""


def recipe_folder(folder: Path, *, width: int) -> Path:
    folder.mkdir()
    (folder / "net.py").write_text(WIDTH)
    (folder / "helper.py").write_text(f"WIDTH = {width}\n")
    (folder / "later.py").write_text("")
    return folder


def width(folder: Path) -> int:
    return int(make_backbone("net:net", framework="paddle", class_num=2, base=folder)[0].weight.shape[0])


def test_recipes_with_modules_of_one_name_each_get_their_own(tmp_path: Path) -> None:
    """Their siblings too, in any order."""
    narrow, wide = recipe_folder(tmp_path / "narrow", width=4), recipe_folder(tmp_path / "wide", width=16)

    assert [width(folder) for folder in (narrow, wide, narrow, wide)] == [4, 16, 4, 16]


def test_threads_that_build_at_once_each_get_their_own(tmp_path: Path) -> None:
    """The path and the loaded modules are the process's: one thread's must not be taken from it by another."""
    folders = [recipe_folder(tmp_path / f"width{size}", width=size) for size in range(1, 17)]

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(width, folders * 4)) == list(range(1, 17)) * 4


def test_a_module_is_loaded_once_and_leaves_the_path_as_it_was(tmp_path: Path) -> None:
    loads = tmp_path / "loads"
    count = f"\nwith open({str(loads)!r}, 'a') as file:\n    file.write('x')\n"
    (tmp_path / "count.py").write_text(BACKBONES.read_text() + count)

    for _ in range(2):
        make_backbone("count:paddle_net", framework="paddle", class_num=2, base=tmp_path)

    assert loads.read_text() == "x"
    assert str(tmp_path) not in sys.path


def test_runs_of_two_folders_are_opened_with_their_own_networks(run: Run, home: Path) -> None:
    """As `profile` of two runs does."""
    folder = run(run={"epochs": 1})
    elsewhere = home / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "small_nets.py").write_text("def paddle_net(num_classes): raise ValueError('the other one')\n")

    with pytest.raises(ConfigError, match="the other one"):
        make_backbone("small_nets:paddle_net", framework="paddle", class_num=2, base=elsewhere)
    assert open_trained(folder).state.class_num == 3


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (
            "def net(num_classes): raise ValueError('boom')",
            r"called with num_classes=2 raised ValueError: boom \(.*bad.py:1\)",
        ),
        (
            "def net(num_classes):\n    import nowhere",
            r"raised ModuleNotFoundError: No module named 'nowhere' \(.*bad.py:2\)",
        ),
        ("import nowhere", r"'bad' raised ModuleNotFoundError: No module named 'nowhere' \(.*bad.py:1\)"),
        ("def net(:", r"'bad' raised SyntaxError: .* \(.*bad.py:1\)"),
        ("def net(num_classes): return None", "'bad:net' gave NoneType"),
        ("net = max", r"'bad:net' takes \(.*\)"),
        ("def nett(num_classes): return None", "did you mean 'bad:nett'"),
    ],
)
def test_faults_of_the_users_code_are_one_sentence(tmp_path: Path, code: str, words: str) -> None:
    (tmp_path / "bad.py").write_text(code)

    with pytest.raises(ConfigError, match=words):
        make_backbone("bad:net", framework="paddle", class_num=2, base=tmp_path)


@pytest.mark.parametrize(
    "error", ["ModuleNotFoundError(\"No module named 'torchvision'\", name='torchvision')", "RuntimeError('nms')"]
)
def test_a_timm_that_cannot_be_imported_comes_with_the_install_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: str
) -> None:
    """timm needs torchvision, which may lack or be of another torch."""
    (tmp_path / "timm.py").write_text(f"raise {error}\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "timm", raising=False)

    with pytest.raises(MissingDependencyError, match="torchvision") as caught:
        make_backbone("timm:resnet18", framework="torch", class_num=2, base=tmp_path)

    assert caught.value.hint is not None
    assert "pip install '.[timm]'" in caught.value.hint
