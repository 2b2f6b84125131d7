"""Names that weight files of PaddleClas have for tensors of our models: of its releases, and of the nets that differ.

A translation is only taken where every name of the file lands in the model, so that another net with much the same
names is never loaded in its place.

| of | to |
|---|---|
| release 2.0: ``conv1_1._conv``, ``bb_0_0.conv0._batch_norm`` | ``stem.0.conv``, ``blocks.0.conv0.bn`` |
| static graphs: ``res2a_branch2a_weights``, ``bn2a_branch2a_scale``, ``fc_0.w_0`` | the same |
| ``ResNet50`` and ``101``: ``stem.0.conv``, ``blocks.0.conv0.conv``, ``blocks.0.short.conv`` | `paddle.vision`'s |
| ``RepVGG``: ``rbr_dense``, ``rbr_1x1``, ``rbr_identity`` | ``dense``, ``pointwise``, ``skip`` |
| `RecModel`: ``backbone.`` beside ``neck.`` and ``head.`` | the backbone's own |
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from datatool.frameworks import Array

Names = dict[str, str]  # name in the file -> name in the model

_OLD_BLOCK: Final = re.compile(r"bb_(\d+)_(\d+)\.(.+)")  # of the nets with d: stage and place
_OLD_LETTER: Final = re.compile(r"res(\d)([a-z])(\d*)\.(.+)")  # of the others: a, b, c; in long stages a, b1, b2
_OLD_STEM: Final = re.compile(r"conv1?(?:_(\d))?\.(_conv|_batch_norm)\.(.+)")
_OLD_PARTS: Final = {"._conv.": ".conv.", "._batch_norm.": ".bn."}
_STATIC_BLOCK: Final = re.compile(r"(?:res|bn)(\d)([a-z])(\d*)_branch(1|2[abc])_(\w+)")
_STATIC_STEM: Final = re.compile(r"(?:conv|bnv|bn_conv)1(?:_(\d))?_(\w+)")
_STATIC_PARTS: Final = {
    "weights": "conv.weight",
    "scale": "bn.weight",
    "offset": "bn.bias",
    "mean": "bn._mean",
    "variance": "bn._variance",
}
_BRANCHES: Final = {"2a": "conv0", "2b": "conv1", "2c": "conv2", "1": "short"}
_REPVGG: Final = {"rbr_dense": "dense", "rbr_1x1": "pointwise", "rbr_identity": "skip"}


@dataclass(frozen=True, kw_only=True)
class Translation:
    """Arrays under the names of a model.

    Attributes:
        arrays: Name in the model -> values.
        names: Name in the model -> name in the file.
        said: Whose names the file has.
    """

    arrays: dict[str, Array]
    names: Names
    said: str


def translated(arrays: Mapping[str, Array], model: Collection[str], head: str, /) -> Translation | None:
    """The arrays under the names of a model, where a translation fits it; None where none does.

    Args:
        arrays: Of a file, by its own names.
        model: Names of the model's tensors.
        head: Name of the model's head, which the file need not have.
    """
    known = set(model)
    wanted = {name for name in known if not name.startswith(f"{head}.")}
    for said, names in _translations(list(arrays)):
        inside = {new for new in names.values() if not new.startswith(f"{head}.")}
        if inside == wanted and len(set(names.values())) == len(names):
            found = {new: arrays[old] for old, new in names.items()}
            return Translation(arrays=found, names={new: old for old, new in names.items()}, said=said)
    return None


def _translations(names: list[str]) -> Iterator[tuple[str, Names]]:
    """Every way to translate all names, whatever the model."""
    same = {name: name for name in names}
    for said, first in (("PaddleClas", same), *_first_steps(names)):
        if said != "PaddleClas":
            yield said, first
        for second in (_to_paddle_vision, _to_repvgg):
            made = second(list(first.values()))
            if made is not None:
                yield said, {old: made[new] for old, new in first.items()}


def _first_steps(names: list[str]) -> Iterator[tuple[str, Names]]:
    for said, step in (
        ("PaddleClas release 2.0", _of_release_2_0),
        ("PaddleClas's static graphs", _of_static_graph),
        ("a RecModel of PaddleClas", _of_rec_model),
    ):
        made = step(names)
        if made is not None:
            yield said, made


def _of_rec_model(names: list[str]) -> Names | None:
    inside = {name: name.removeprefix("backbone.") for name in names if name.startswith("backbone.")}
    beside = [name for name in names if name not in inside]
    if not inside or not all(name.startswith(("neck.", "head.")) for name in beside):
        return None
    return inside


def _of_release_2_0(names: list[str]) -> Names | None:
    found_in = {name: block for name in names if (block := _old_block(name)) is not None}
    blocks = sorted({block for block, _ in found_in.values()})
    place = {block: index for index, block in enumerate(blocks)}

    def new(name: str) -> str | None:
        if name in found_in:
            block, rest = found_in[name]
            name = f"blocks.{place[block]}.{rest}"
        elif (found := _OLD_STEM.fullmatch(name)) is not None:
            name = f"stem.{int(found[1] or 1) - 1}.{found[2]}.{found[3]}"
        elif name.startswith("out."):
            return f"fc.{name.removeprefix('out.')}"
        else:
            return None
        for old, now in _OLD_PARTS.items():
            name = name.replace(old, now)
        return name

    return _all(names, new) if blocks else None


def _old_block(name: str) -> tuple[tuple[int, int, int], str] | None:
    """Place of a block of release 2.0, to be sorted by, and the rest of the name."""
    if (found := _OLD_BLOCK.fullmatch(name)) is not None:
        return (int(found[1]), int(found[2]), 0), found[3]
    if (found := _OLD_LETTER.fullmatch(name)) is not None:
        return (int(found[1]), ord(found[2]), int(found[3] or 0)), found[4]
    return None


def _of_static_graph(names: list[str]) -> Names | None:
    matches = [found for name in names if (found := _STATIC_BLOCK.fullmatch(name))]
    place = {block: index for index, block in enumerate(sorted({_static_block(found) for found in matches}))}

    def new(name: str) -> str | None:
        if name in ("fc_0.w_0", "fc_0.b_0"):
            return "fc.weight" if name.endswith("w_0") else "fc.bias"
        if (found := _STATIC_BLOCK.fullmatch(name)) is not None:
            part = _STATIC_PARTS.get(found[5])
            return None if part is None else f"blocks.{place[_static_block(found)]}.{_BRANCHES[found[4]]}.{part}"
        if (found := _STATIC_STEM.fullmatch(name)) is not None:
            part = _STATIC_PARTS.get(found[2])
            return None if part is None else f"stem.{int(found[1] or 1) - 1}.{part}"
        return None

    return _all(names, new) if matches else None


def _static_block(found: re.Match[str]) -> tuple[int, int, int]:
    """Stage, letter and number: a, b1, b2 in long stages, a, b, c in others."""
    return int(found[1]), ord(found[2]), int(found[3] or 0)


def _to_paddle_vision(names: list[str]) -> Names | None:
    """ResNets without d: a stage begins where a block has a projection."""
    pattern = re.compile(r"blocks\.(\d+)\.(conv\d|short)\.(conv|bn)\.(.+)")
    found = {name: match for name in names if (match := pattern.fullmatch(name))}
    if not found:
        return None
    begins = {int(match[1]) for match in found.values() if match[2] == "short"}
    stage, inside, place = 0, 0, {}
    for block in sorted({int(match[1]) for match in found.values()}):
        stage, inside = (stage + 1, 0) if block in begins else (stage, inside + 1)
        place[block] = f"layer{stage}.{inside}"

    def new(name: str) -> str | None:
        if name.startswith("stem.0."):
            return name.replace("stem.0.conv.", "conv1.").replace("stem.0.bn.", "bn1.")
        if name.startswith("fc."):
            return name
        match = found.get(name)
        if match is None:
            return None
        if match[2] == "short":
            return f"{place[int(match[1])]}.downsample.{0 if match[3] == 'conv' else 1}.{match[4]}"
        return f"{place[int(match[1])]}.{match[3]}{int(match[2][4:]) + 1}.{match[4]}"

    return _all(names, new)


def _to_repvgg(names: list[str]) -> Names | None:
    if not any(".rbr_dense." in name for name in names):
        return None
    return {name: ".".join(_REPVGG.get(part, part) for part in name.split(".")) for name in names}


def _all(names: list[str], new: Callable[[str], str | None]) -> Names | None:
    """Each name translated; None where one cannot be."""
    made = {name: new(name) for name in names}
    return None if None in made.values() else {old: str(now) for old, now in made.items()}
