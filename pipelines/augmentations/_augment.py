"""An augmentation as a whole: how a picture is cut, and what follows; and how its name is read."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from datatool.images import Pixels
from datatool.pipelines.augmentations._cutmix import Cutmix
from datatool.pipelines.augmentations._erase import Erase
from datatool.pipelines.augmentations._extra import Extra, Mixing, Mixture, PixelChange, Uniforms
from datatool.pipelines.augmentations._jitter import Jitter
from datatool.pipelines.augmentations._mixup import Mixup
from datatool.pipelines.augmentations._randaugment import RandAugment
from datatool.pipelines.augmentations._streams import Stream
from datatool.pipelines.augmentations._trivialaugment import TrivialAugment
from datatool.schemas import INTERPOLATION, ConfigError, Interpolation

Crop = Literal["random", "center", "none"]

BASES: Final[dict[str, tuple[Crop, float]]] = {  # name -> crop, and probability of a flip
    "crop-flip": ("random", 0.5),
    "crop": ("random", 0.0),
    "eval": ("center", 0.0),
    "none": ("none", 0.0),
}
# Every extra, in the order in which they are applied, however they were written.
_KNOWN: Final = (
    RandAugment,
    TrivialAugment,
    Jitter,
    Erase,
    Cutmix,
    Mixup,
)
EXTRAS: Final[dict[str, type[Extra]]] = {extra.name: extra for extra in _KNOWN}


@dataclass(frozen=True, kw_only=True)
class Augment:
    """How a picture becomes S x S pixels.

    Attributes:
        crop: ``random``: a box of random area and ratio, resized; ``center``: the short side to ``resize``, then the
            middle; ``none``: the whole picture, squeezed, or given to the user's transform as it is.
        scale: Range of the box's share of the picture.
        ratio: Range of the box's width / height, even in the logarithm.
        flip: Probability of a horizontal flip.
        extras: What follows, in the order of `EXTRAS`. With several that mix, each takes an equal part of the places.
        resize: Short side before the central crop, pixels; None is image_size * 256 / 224.
        interpolation: ``area`` shrinks by averaging (antialiased) and enlarges linearly; the others are OpenCV's.

    Raises:
        ConfigError: If a value is out of range, or two extras do not go together.
    """

    crop: Crop = "random"
    scale: tuple[float, float] = (0.08, 1.0)  # Szegedy et al., Going deeper with convolutions, section 6
    ratio: tuple[float, float] = (3 / 4, 4 / 3)
    flip: float = 0.0
    extras: tuple[Extra, ...] = ()
    resize: int | None = None
    interpolation: Interpolation = INTERPOLATION

    def __post_init__(self) -> None:
        """Refuse what would be ignored, and bring the extras into their order."""
        for name, choices in (("crop", get_args(Crop)), ("interpolation", get_args(Interpolation))):
            if getattr(self, name) not in choices:
                raise ConfigError(f"{name} must be one of {', '.join(choices)}; got '{getattr(self, name)}'")
        if self.resize is not None and (type(self.resize) is not int or self.resize < 1):
            raise ConfigError(f"resize must be at least 1 and a whole number; got {self.resize}")
        if not 0 <= self.flip <= 1:
            raise ConfigError(f"flip must be a probability from 0 to 1; got {self.flip}")
        if not 0 < self.scale[0] <= self.scale[1] <= 1:
            raise ConfigError(f"scale must be a range within 0 to 1; got {self.scale}")
        if not 0 < self.ratio[0] <= self.ratio[1] < math.inf:
            raise ConfigError(f"ratio must be a range of positive numbers; got {self.ratio}")
        _check_together(self.extras)
        object.__setattr__(self, "extras", tuple(sorted(self.extras, key=_turn)))

    @cached_property
    def changes(self) -> tuple[PixelChange, ...]:
        """What is done to the bytes of a picture after crop, resize and flip."""
        return tuple(extra for extra in self.extras if isinstance(extra, PixelChange) and not extra.is_off)

    @cached_property
    def mixings(self) -> tuple[Mixing, ...]:
        """How a picture may be put together with a partner's."""
        return tuple(extra for extra in self.extras if isinstance(extra, Mixing) and not extra.is_off)

    @property
    def mixes(self) -> bool:
        """Whether each place needs a partner."""
        return bool(self.mixings)

    @property
    def changes_pixels(self) -> bool:
        """Whether anything follows crop, resize and flip."""
        return bool(self.changes)

    def change(self, image: Pixels, uniforms: Uniforms, /) -> None:
        """Apply what follows crop, resize and flip, in place to uint8 (S, S, 3)."""
        for each in self.changes:
            each.change(image, uniforms)

    def mixture(self, uniforms: NDArray[np.float64], size: int, /) -> Mixture:
        """How one place is put together with its partner."""
        return self.mixings[int(uniforms[Stream.MIX_KIND] * len(self.mixings))].mixture(uniforms, size)


def _check_together(extras: Iterable[Extra]) -> None:
    """Refuse two extras of one slot, of which one would be ignored."""
    slots: dict[str, list[Extra]] = defaultdict(list)
    for extra in extras:
        slots[extra.slot].append(extra)
    for slot, found in slots.items():
        if len(found) > 1:
            names = " or ".join(name for name, extra in EXTRAS.items() if extra.slot == slot) or slot
            got = " and ".join(f"'{extra}'" for extra in found)
            raise ConfigError(f"augment must have {names} at most once; got {got}", hint="leave one of them out")


def _turn(extra: Extra) -> int:
    """Place in the table; an extra that is none of ours comes last."""
    known = list(EXTRAS.values())
    return known.index(type(extra)) if type(extra) in known else len(known)


def parse_augment(text: str, /, *, resize: int | None = None, interpolation: Interpolation = INTERPOLATION) -> Augment:
    """Read ``base[+extra[=number,...]]...``.

    Raises:
        ConfigError: If a name is unknown, a number out of range, or two extras do not go together.

    >>> parse_augment("crop-flip+erase=0.1").extras
    (Erase(probability=0.1),)
    """
    base, *written = text.split("+")
    crop, flip = _known(text, base, BASES)
    extras = tuple(_known(text, each.partition("=")[0], EXTRAS).parse(each) for each in written)
    return Augment(crop=crop, flip=flip, extras=extras, resize=resize, interpolation=interpolation)


def _known(text: str, part: str, known: dict[str, Any]) -> Any:
    if part not in known:
        from datatool.schemas import nearest

        near = nearest(part, list(known))
        raise ConfigError(
            f"augment must be made of {', '.join(known)}; got '{part}' in '{text}'",
            hint=None if near is None else f"did you mean '{near}'?",
        )
    return known[part]
