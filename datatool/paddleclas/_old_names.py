"""Names that tensors have in release 2.0 of PaddleClas, whose ResNets differ from those of later releases."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

_BLOCK: Final = re.compile(r"blocks\.(\d+)\.(.+)")


def as_release_2_0(names: Mapping[str, str], /) -> dict[str, str]:
    """Name in our model -> name in release 2.0.

    Args:
        names: Name in our model -> name in release 2.1 and later.
    """
    begins = sorted({int(m[1]) for name in names.values() if (m := re.match(r"blocks\.(\d+)\.short\.", name))})
    if not begins:
        return dict(names)
    stems = len({name.split(".")[1] for name in names.values() if name.startswith("stem.")})
    return {ours: _old(name, begins, stems) for ours, name in names.items()}


def _old(name: str, begins: list[int], stems: int) -> str:
    if name.startswith("fc."):
        return f"out.{name.removeprefix('fc.')}"
    found = _BLOCK.fullmatch(name)
    if found is not None:
        block = int(found[1])
        stage = sum(first <= block for first in begins) - 1
        name = f"{_old_block(stage, block - begins[stage], begins, stems)}.{found[2]}"
    elif name.startswith("stem."):
        _, number, rest = name.split(".", 2)
        name = f"conv1_{int(number) + 1}.{rest}" if stems > 1 else f"conv.{rest}"
    return name.replace(".conv.", "._conv.").replace(".bn.", "._batch_norm.")


def _old_block(stage: int, place: int, begins: list[int], stems: int) -> str:
    """Nets with d count; the others have letters, and numbers in a third stage that letters do not suffice for."""
    if stems > 1:
        return f"bb_{stage}_{place}"
    is_long = stage == 2 and len(begins) > 3 and begins[3] - begins[2] > 6
    if is_long:
        return "res4a" if place == 0 else f"res4b{place}"
    return f"res{stage + 2}{chr(97 + place)}"
