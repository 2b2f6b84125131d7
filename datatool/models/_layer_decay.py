"""Layer-wise learning-rate decay: the further a block is from the head, the slower it learns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from datatool.frameworks import Group


def decayed_groups(parameters: Mapping[str, Any], /, *, head: str, decay: float | None) -> list[Group]:
    """Group trained parameters by block; the scale of a block is decay^(blocks between it and the head).

    A block is a child of the model, or a numbered child of one (`layer1.0`, `blocks.11`), in order of registration.
    The head has scale 1, the block before it ``decay``. Blocks that do not train count too: what a block learns with
    does not depend on what is frozen below.

    Args:
        parameters: Full name -> parameter, all of the model's, in order of registration.
        head: Name of the head.
        decay: `optimizer.layer_decay`; None for one group.
    """
    if decay is None:
        return [Group(parameters=parameters, scale=1.0)]
    blocks = list(dict.fromkeys(block_of(name) for name in parameters if not name.startswith(f"{head}.")))
    groups = []
    for depth, block in enumerate([*blocks, None]):
        chosen = {name: value for name, value in parameters.items() if _in(name, block, head)}
        groups.append(Group(parameters=chosen, scale=decay ** (len(blocks) - depth)))
    return groups


def block_of(name: str, /) -> str:
    """The block a parameter belongs to.

    >>> block_of("layer1.0.conv1.weight"), block_of("conv1.weight"), block_of("cls_token")
    ('layer1.0', 'conv1', 'cls_token')
    """
    parts: Sequence[str] = name.split(".")
    if len(parts) > 2 and parts[1].isdecimal():
        return ".".join(parts[:2])
    return parts[0]


def _in(name: str, block: str | None, head: str) -> bool:
    inside_head = name.startswith(f"{head}.")
    return inside_head if block is None else not inside_head and block_of(name) == block
