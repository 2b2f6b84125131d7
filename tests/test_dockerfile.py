"""The Dockerfile installs what there is; its steps run in a bare root by .ci/try_dockerfile.py."""

from __future__ import annotations

import importlib.util
import re
import tomllib

import pytest

from tests.helpers.program import REPOSITORY


@pytest.mark.parametrize(("stage", "paddle"), [("cpu", r"\[paddle,demo\]"), ("gpu", r"paddlepaddle-gpu==\S+")])
def test_each_stage_installs_pinned_extras_that_there_are(stage: str, paddle: str) -> None:
    """The CPU build of Paddle would shadow the other: each stage has one."""
    spec = importlib.util.spec_from_file_location("try_dockerfile", REPOSITORY / ".ci" / "try_dockerfile.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    installs = " ".join(
        rest for word, rest in module.steps((REPOSITORY / "Dockerfile").read_text(), stage) if word == "RUN"
    )
    known = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    extras = [extra for found in re.findall(r"\.\[([\w,-]+)\]", installs) for extra in found.split(",")]
    assert extras
    assert set(extras) <= known.keys()
    assert re.search(paddle, installs)
    assert ("paddle" in extras) == (stage == "cpu")
    assert installs.count("pip install --constraint constraints.txt") == installs.count("pip install")
