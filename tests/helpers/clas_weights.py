"""Weight files as PaddleClas and its releases name and lay out their tensors, made from models of ours."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

Arrays = Mapping[str, Any]


def blocks_of(depths: tuple[int, ...]) -> list[tuple[int, int]]:
    """Stage and place of each block."""
    return [(stage, place) for stage, depth in enumerate(depths) for place in range(depth)]


def release_2_0(arrays: Arrays, depths: tuple[int, ...]) -> dict[str, Any]:
    """A ResNet-vd file of release 2.0."""
    blocks = blocks_of(depths)

    def name_of(name: str) -> str:
        if name.startswith("fc."):
            return name.replace("fc.", "out.")
        name = re.sub(r"^stem\.(\d)", lambda m: f"conv1_{int(m[1]) + 1}", name)
        name = re.sub(r"^blocks\.(\d+)", lambda m: "bb_{}_{}".format(*blocks[int(m[1])]), name)
        return name.replace(".conv.", "._conv.").replace(".bn.", "._batch_norm.")

    return {name_of(name): array for name, array in arrays.items()}


def static_graph(arrays: Arrays, depths: tuple[int, ...], *, long: bool = False) -> dict[str, Any]:
    """Variables of a static graph of ResNet-vd; ``long`` where its third stage is numbered."""
    blocks = blocks_of(depths)
    ends = {
        "conv.weight": "weights",
        "bn.weight": "scale",
        "bn.bias": "offset",
        "bn._mean": "mean",
        "bn._variance": "variance",
    }
    branches = {"conv0": "branch2a", "conv1": "branch2b", "conv2": "branch2c", "short": "branch1"}

    def name_of(name: str) -> str:
        if name.startswith("fc."):
            return {"fc.weight": "fc_0.w_0", "fc.bias": "fc_0.b_0"}[name]
        found = re.fullmatch(r"(stem|blocks)\.(\d+)\.(?:(\w+)\.)?((?:conv|bn)\.\w+)", name)
        assert found is not None
        end = ends[found[4]]
        if found[1] == "stem":
            return f"{'conv1' if end == 'weights' else 'bnv1'}_{int(found[2]) + 1}_{end}"
        stage, place = blocks[int(found[2])]
        letter = chr(97 + place) if not (long and stage == 2) else ("a" if place == 0 else f"b{place}")
        return f"{'res' if end == 'weights' else 'bn'}{stage + 2}{letter}_{branches[found[3]]}_{end}"

    return {name_of(name): array for name, array in arrays.items()}


def without_d(arrays: Arrays, depths: tuple[int, ...]) -> dict[str, Any]:
    """A `paddle.vision` ResNet under the names of PaddleClas's."""
    first = [sum(depths[:stage]) for stage in range(len(depths))]

    def name_of(name: str) -> str:
        name = re.sub(r"^conv1\.", "stem.0.conv.", name)
        name = re.sub(r"^bn1\.", "stem.0.bn.", name)
        name = re.sub(r"^layer(\d)\.(\d+)", lambda m: f"blocks.{first[int(m[1]) - 1] + int(m[2])}", name)
        name = name.replace("downsample.0", "short.conv").replace("downsample.1", "short.bn")
        return re.sub(
            r"\.(conv|bn)(\d)\.", lambda m: f".conv{int(m[2]) - 1}.{m[1]}." if name.startswith("blocks") else m[0], name
        )

    return {name_of(name): array for name, array in arrays.items()}


def repvgg(arrays: Arrays) -> dict[str, Any]:
    """A RepVGG under the names of PaddleClas's."""
    names = {".dense.": ".rbr_dense.", ".pointwise.": ".rbr_1x1.", ".skip.": ".rbr_identity."}

    def name_of(name: str) -> str:
        for ours, theirs in names.items():
            name = name.replace(ours, theirs)
        return name

    return {name_of(name): array for name, array in arrays.items()}


def write_variables(folder: Path, arrays: Arrays) -> Path:
    """A folder as `save_vars` leaves it, byte by byte."""
    folder.mkdir()
    for name, array in arrays.items():
        sizes = b"".join(b"\x10" + _varint(size) for size in array.shape)
        description = b"\x08\x05" + sizes
        head = struct.pack("<IQIi", 0, 0, 0, len(description))
        (folder / name).write_bytes(head + description + np.ascontiguousarray(array, "<f4").tobytes())
    return folder


def _varint(value: int) -> bytes:
    made = bytearray()
    while value > 0x7F:
        made.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*made, value])


Rename = Callable[[Arrays], dict[str, Any]]
