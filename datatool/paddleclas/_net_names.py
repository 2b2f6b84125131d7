"""Names that a model's tensors have in PaddleClas, where datatool has its own."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Final

_VISION_BLOCK: Final = re.compile(r"layer(\d)\.(\d+)\.(conv|bn|downsample\.)(\d)\.(.+)")
_REPVGG: Final = {"dense": "rbr_dense", "pointwise": "rbr_1x1", "skip": "rbr_identity"}
_BLOCK: Final = re.compile(r"blocks\.(\d+)\.(.+)")


def as_paddleclas(names: Collection[str], backbone: str, /) -> dict[str, str]:
    """Name in our model -> name in PaddleClas's, release 2.1 and later.

    Args:
        names: Of our model's tensors, in order.
        backbone: Where it comes from, such as `paddle.vision:resnet50`.
    """
    if backbone.startswith("paddle.vision:resnet"):
        return _of_vision(names)
    if backbone == "datatool:repvgg_a0":
        return {name: ".".join(_REPVGG.get(part, part) for part in name.split(".")) for name in names}
    return {name: name for name in names}


def as_release_2_0(names: Mapping[str, str], /) -> dict[str, str]:
    """The same for release 2.0, whose ResNets have other names.

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


def _of_vision(names: Collection[str]) -> dict[str, str]:
    blocks = sorted({(int(m[1]), int(m[2])) for name in names if (m := _VISION_BLOCK.fullmatch(name))})
    place = {block: index for index, block in enumerate(blocks)}
    made = {}
    for name in names:
        found = _VISION_BLOCK.fullmatch(name)
        if found is None:
            made[name] = name.replace("conv1.", "stem.0.conv.").replace("bn1.", "stem.0.bn.")
            continue
        block = f"blocks.{place[int(found[1]), int(found[2])]}"
        if found[3] == "downsample.":
            made[name] = f"{block}.short.{'conv' if found[4] == '0' else 'bn'}.{found[5]}"
        else:
            made[name] = f"{block}.conv{int(found[4]) - 1}.{found[3]}.{found[5]}"
    return made
