"""Names that tensors of our models have in PaddleClas, release 2.1 and later, where those are others."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

_VISION_BLOCK: Final = re.compile(r"layer(\d)\.(\d+)\.(conv|bn|downsample\.)(\d)\.(.+)")
_REPVGG: Final = {"dense": "rbr_dense", "pointwise": "rbr_1x1", "skip": "rbr_identity"}


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
