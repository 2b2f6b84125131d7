"""Synthetic rows for a benchmark: worn copies of a list's own pictures, or of pictures that the list does not have."""

from __future__ import annotations

from typing import Any

import numpy as np
from frozen import Photographs

_CLASSES = 5  # the rarest
_EACH = 60  # made of each
# kind -> blur in pixels, share of the short side, spread of brightness, JPEG quality, lines of the pool
_WEAR = {
    "near": (0.0, 1.0, 0.0, 75),
    "new": (1.5, 1.0, 0.2, 60),
    "copies": (1.5, 1.0, 0.2, 60),
    "heavy": (4.0, 0.25, 0.4, 20),
    "poor": (4.0, 0.25, 0.4, 20),
}
_NEW = ("near", "new", "poor")  # of pictures that the list does not have


def with_made(photographs: Photographs, lines: list[str], *, kind: str, seed: int) -> tuple[list[str], list[str]]:
    """Lines `path label` of made pictures, half of them mirrored, and the lines of their originals.

    Args:
        photographs: The data.
        lines: The list that they are made for.
        kind: `copies` and `heavy` are of its own pictures; `near`, `new` and `poor` of training pictures it does not
            have, from nearly clean to heavily worn.
        seed: Of everything drawn.
    """
    import cv2

    random = np.random.default_rng([seed, 7])
    others = [line for line in photographs.lines("train") if line not in set(lines)]
    sizes: dict[str, int] = {}
    for line in lines:
        sizes[line.split()[-1]] = sizes.get(line.split()[-1], 0) + 1
    found, originals = [], []
    for label in sorted(sizes, key=lambda one: sizes[one])[:_CLASSES]:
        pool = [line for line in (others if kind in _NEW else lines) if line.split()[-1] == label]
        chosen = [pool[place] for place in random.permutation(len(pool))[:_EACH].tolist()]
        for number in range(_EACH):
            original = chosen[number % len(chosen)]
            originals.append(original)
            picture: Any = cv2.imread(str(photographs.data / original.split()[0]))
            file = photographs.home / f"{kind}_{seed}_{label}_{number}.made.jpg"
            cv2.imwrite(str(file), _worn(picture, kind, random), [cv2.IMWRITE_JPEG_QUALITY, _WEAR[kind][3]])
            found.append(f"{file} {label}")
    return found, originals


def _worn(picture: Any, kind: str, random: np.random.Generator) -> Any:
    import cv2

    blur, scale, spread, _ = _WEAR[kind]
    if random.random() < 0.5:
        picture = picture[:, ::-1]
    height, width = picture.shape[:2]
    if scale < 1:
        picture = cv2.resize(picture, (int(width * scale), int(height * scale)), interpolation=cv2.INTER_AREA)
        picture = cv2.resize(picture, (width, height))
    if blur:
        picture = cv2.GaussianBlur(picture, (0, 0), blur)
    return np.clip(picture * random.uniform(1 - spread, 1 + spread), 0, 255).astype(np.uint8)
