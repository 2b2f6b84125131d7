"""Branches that a backbone trains with and loses when it is fused."""

from __future__ import annotations

from typing import Any

from datatool.errors import ConfigError


def add_branches(framework: str, model: Any, /) -> int:
    """Give 3x3 convolutions the branches of ACNet, which keep their outputs; how many got them.

    Raises:
        ConfigError: If the framework is not Paddle.
    """
    if framework != "paddle":
        raise ConfigError(f"model.acnet must go with run.trainer: paddle; got {framework}")
    from datatool.models._blocks_paddle import with_asymmetric_blocks

    return with_asymmetric_blocks(model)
