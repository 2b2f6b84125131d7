"""Backbones of a PaddleClas that is installed: a checkout, or the wheel, whose `ppcls` has no `__init__.py`."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

pytest.importorskip("paddle")

from datatool.errors import ConfigError, MissingDependencyError
from datatool.models import make_backbone

NET = """
import paddle

class Small(paddle.nn.Sequential):
    def __init__(self, class_num):
        super().__init__(paddle.nn.Linear(4, class_num))
"""


@pytest.fixture(autouse=True)
def no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is loaded of a PaddleClas is forgotten before and after."""
    monkeypatch.delenv("PADDLECLAS", raising=False)
    for name in [name for name in sys.modules if name.partition(".")[0] in ("ppcls", "paddleclas")]:
        monkeypatch.delitem(sys.modules, name)


def write(home: Path, *, packages: tuple[str, ...]) -> None:
    """A folder `ppcls` with one architecture; of its packages only some have an `__init__.py`."""
    for name in ("ppcls", "ppcls/arch", "ppcls/arch/backbone", "ppcls/utils"):
        (home / name).mkdir(parents=True)
        if name in packages:
            (home / name / "__init__.py").touch()
    (home / "ppcls/arch/backbone/__init__.py").write_text(NET)
    (home / "ppcls/utils/logger.py").touch()


def built(name: str) -> list[list[int]]:
    net = make_backbone(f"paddleclas:{name}", framework="paddle", class_num=3, base=Path())
    shapes = [one.shape for one in net.parameters()]
    for loaded in [name for name in sys.modules if name.partition(".")[0] == "ppcls"]:
        del sys.modules[loaded]
    return shapes


@pytest.mark.parametrize("packages", [("ppcls", "ppcls/arch"), ("ppcls/arch",)], ids=["checkout", "wheel"])
def test_a_net_is_built_from_what_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, packages: tuple[str, ...]
) -> None:
    write(tmp_path / "paddleclas", packages=packages)
    (tmp_path / "paddleclas" / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    assert built("Small") == [[4, 3], [3]]
    with pytest.raises(ConfigError, match=r"must be one of PaddleClas's; got 'Smal'.*did you mean 'paddleclas:Small'"):
        built("Smal")


def test_a_checkout_is_named_by_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, packages=("ppcls", "ppcls/arch"))
    monkeypatch.setenv("PADDLECLAS", str(tmp_path))
    assert built("Small") == [[4, 3], [3]]
    monkeypatch.setenv("PADDLECLAS", str(tmp_path / "ppcls"))
    with pytest.raises(MissingDependencyError, match=r"must name a checkout of PaddleClas; .* has no ppcls"):
        built("Small")
