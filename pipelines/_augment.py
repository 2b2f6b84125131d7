"""What may be done to a picture, as plain values; where the random numbers of each step stand."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, Literal

from datatool.schemas import ConfigError

Crop = Literal["random", "center", "none"]
Interpolation = Literal["area", "linear", "cubic", "nearest"]

CROP_ATTEMPTS: Final = 10  # as torchvision and DALI: then the largest centred box of an allowed ratio
MAX_OPS: Final = 4
MAX_MAGNITUDE: Final = 30  # the usual scale of RandAugment and TrivialAugment


class Stream(IntEnum):
    """Columns of `Request.uniforms`; a new use takes a new column, so that no old picture changes."""

    AREA = 0  # CROP_ATTEMPTS columns
    RATIO = 10  # CROP_ATTEMPTS columns
    X = 20
    Y = 21
    FLIP = 22
    BRIGHTNESS = 23
    CONTRAST = 24
    SATURATION = 25
    HUE = 26
    ERASE = 27
    ERASE_AREA = 28
    ERASE_RATIO = 29
    ERASE_X = 30
    ERASE_Y = 31
    PARTNER = 32
    MIX_SHARE = 33
    MIX_KIND = 34
    CUT_X = 35
    CUT_Y = 36
    OP = 37  # MAX_OPS columns
    OP_MAGNITUDE = 41  # MAX_OPS columns
    OP_SIGN = 45  # MAX_OPS columns
    SIZE = 49


@dataclass(frozen=True, kw_only=True)
class Augment:
    """How a picture becomes S x S pixels.

    Attributes:
        crop: ``random``: a box of random area and ratio, resized; ``center``: the short side to ``resize``, then the
            middle; ``none``: the whole picture, squeezed, or given to the user's transform as it is.
        scale: Range of the box's share of the picture.
        ratio: Range of the box's width / height, drawn evenly in the logarithm.
        flip: Probability of a horizontal flip.
        jitter: Largest relative change of brightness, contrast and saturation; hue moves by a quarter of it in turns.
        erase: Probability that a box is filled with mid-grey.
        num_ops, magnitude: RandAugment: ops for each picture, and their strength on the scale of 0 to 30.
        trivial: TrivialAugment: one op of random strength.
        mixup, cutmix: Parameter of the symmetric beta distribution; 0 is off. With both, each takes half of the draws.
        resize: Short side before the central crop, pixels; None is image_size * 256 / 224.
        interpolation: ``area`` shrinks by averaging (antialiased) and enlarges linearly; the others are OpenCV's.
    """

    crop: Crop = "random"
    scale: tuple[float, float] = (0.08, 1.0)  # Szegedy et al., Going deeper with convolutions, section 6
    ratio: tuple[float, float] = (3 / 4, 4 / 3)
    flip: float = 0.0
    jitter: float = 0.0
    erase: float = 0.0
    num_ops: int = 0
    magnitude: int = 9
    trivial: bool = False
    mixup: float = 0.0
    cutmix: float = 0.0
    resize: int | None = None
    interpolation: Interpolation = "area"

    @property
    def mixes(self) -> bool:
        """Whether each place needs a partner."""
        return self.mixup > 0 or self.cutmix > 0

    @property
    def changes_pixels(self) -> bool:
        """Whether anything follows crop, resize and flip."""
        return self.jitter > 0 or self.erase > 0 or self.num_ops > 0 or self.trivial


BASES: Final = {"crop-flip": ("random", 0.5), "crop": ("random", 0.0), "eval": ("center", 0.0), "none": ("none", 0.0)}
# extra -> the values it takes if none are given
EXTRAS: Final[dict[str, tuple[float, ...]]] = {
    "jitter": (0.4,),
    "erase": (0.25,),
    "randaugment": (2, 9),
    "trivialaugment": (),
    "mixup": (0.2,),
    "cutmix": (1.0,),
}


def parse_augment(text: str, /, *, resize: int | None = None, interpolation: Interpolation = "area") -> Augment:
    """Read ``base[+extra[=values]]...``.

    Raises:
        ConfigError: If a name is unknown or a value out of range.

    >>> parse_augment("crop-flip+erase=0.1").erase
    0.1
    """
    base, *extras = text.split("+")
    if base not in BASES:
        raise ConfigError(_unknown(text, base, list(BASES)), hint=_near(base, list(BASES)))
    crop, flip = BASES[base]
    options: dict[str, float | bool] = {}
    for extra in extras:
        options |= _extra(text, extra)
    return Augment(crop=crop, flip=flip, resize=resize, interpolation=interpolation, **options)  # type: ignore[arg-type]


def _extra(text: str, extra: str) -> dict[str, float | bool]:
    name, _, given = extra.partition("=")
    if name not in EXTRAS:
        raise ConfigError(_unknown(text, name, list(EXTRAS)), hint=_near(name, list(EXTRAS)))
    try:
        values = tuple(float(value) for value in given.split(",")) if given else EXTRAS[name]
    except ValueError:
        values = (math.nan,)
    if len(values) != len(EXTRAS[name]) or not all(0 <= value <= _LARGEST.get(name, 1.0) for value in values):
        raise ConfigError(f"augment '{name}' must have {len(EXTRAS[name])} values in range; got '{extra}'")
    if name == "trivialaugment":
        return {"trivial": True}
    if name == "randaugment":
        if values[0] > MAX_OPS:
            raise ConfigError(f"randaugment must have at most {MAX_OPS} ops; got '{extra}'")
        return {"num_ops": int(values[0]), "magnitude": int(values[1])}
    return {name: values[0]}


_LARGEST: Final = {"randaugment": MAX_MAGNITUDE, "mixup": 8.0, "cutmix": 8.0}


def _unknown(text: str, part: str, known: list[str]) -> str:
    return f"augment must be made of {', '.join(known)}; got '{part}' in '{text}'"


def _near(part: str, known: list[str]) -> str | None:
    from datatool.schemas import nearest

    near = nearest(part, known)
    return None if near is None else f"did you mean '{near}'?"
