"""Branches that a backbone trains with and loses when it is fused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from datatool.errors import ConfigError
from datatool.frameworks import Module


def add_branches(framework: str, model: Module, /) -> int:
    """Give 3x3 convolutions the branches of ACNet, which keep their outputs; how many got them.

    Raises:
        ConfigError: If the framework has no such blocks.
    """
    if framework not in _BLOCKS:
        raise ConfigError(f"model.acnet must go with run.trainer: {' or '.join(_BLOCKS)}; got {framework}")
    return _BLOCKS[framework](model)


def _paddle(model: Module) -> int:
    from datatool.models._blocks_paddle import with_asymmetric_blocks

    return with_asymmetric_blocks(model)


_BLOCKS: Final[dict[str, Callable[[Module], int]]] = {"paddle": _paddle}
