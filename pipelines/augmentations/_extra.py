"""What an extra of an augmentation is: a name, numbers with their ranges, and what it does to pixels."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from typing import Any, ClassVar, Final, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from datatool.images import Pixels
from datatool.schemas import ConfigError

GREY: Final = 128  # fills what is erased or pushed out of the picture, and is the pivot of contrast
Uniforms = NDArray[np.float64]  # (`Stream.SIZE`,), one row of `Request.uniforms`
_DECIMAL: Final = re.compile(r"\s*-?(\d+\.?\d*|\.\d+)(e-?\d+)?\s*", re.ASCII | re.IGNORECASE)


def number(default: float, /, *, most: float, whole: bool = False) -> Any:
    """A field of an `Extra`: a number from 0 to ``most``.

    Args:
        default: Where the name is given without numbers.
        most: The largest value.
        whole: Whether it counts something.
    """
    return dataclasses.field(default=default, metadata={"most": most, "whole": whole})


@dataclasses.dataclass(frozen=True)
class Extra:
    """A step beyond cut, resize and flip.

    A new one is a frozen dataclass of its own file, derived from `PixelChange` or `Mixing`, and a line in the table of
    `_augment`. Its fields are its numbers, made by `number`. A first number of 0 turns it off.

    Attributes:
        name: As written in ``crop-flip+name=1,2``.
        slot: Of several extras with one slot an augmentation has at most one.

    Raises:
        ConfigError: If a number is out of its range.
    """

    name: ClassVar[str]
    slot: ClassVar[str]

    def __init_subclass__(cls) -> None:
        """An extra goes with every other unless it says otherwise."""
        if "name" in vars(cls) and "slot" not in vars(cls):
            cls.slot = cls.name

    def __post_init__(self) -> None:
        """Refuse what would be cut, or mean nothing."""
        for each, value in zip(dataclasses.fields(self), self.numbers, strict=True):
            most, whole = each.metadata["most"], each.metadata["whole"]
            allowed = isinstance(value, int) if whole else isinstance(value, (int, float))
            if isinstance(value, bool) or not allowed or not 0 <= value <= most:
                kind = "a whole number" if whole else "a number"
                raise ConfigError(
                    f"{each.name} of augment '{self.name}' must be {kind} from 0 to {most:g}; got {value}"
                )

    @property
    def numbers(self) -> tuple[Any, ...]:
        """Values of its fields, in their order."""
        return tuple(getattr(self, each.name) for each in dataclasses.fields(self))

    @property
    def is_off(self) -> bool:
        """Whether it leaves every picture alone."""
        return self.numbers[:1] == (0,)

    def __str__(self) -> str:
        return "=".join([self.name, ",".join(f"{value:g}" for value in self.numbers)]).rstrip("=")

    @classmethod
    def parse(cls, text: str, /) -> Self:
        """Read ``name[=number,...]``.

        Raises:
            ConfigError: If there are not as many numbers as it takes, or one is out of its range.
        """
        _, equals, given = text.partition("=")
        if not equals:
            return cls()
        takes, written = dataclasses.fields(cls), given.split(",")
        if len(written) != len(takes) or not all(_DECIMAL.fullmatch(each) for each in written):
            rule = f"numbers for {' and '.join(each.name for each in takes)}" if takes else "no number"
            raise ConfigError(f"augment '{cls.name}' must have {rule}; got '{text}'")
        return cls(*(_value(each, field.metadata) for each, field in zip(written, takes, strict=True)))


def _value(text: str, metadata: Mapping[str, Any]) -> float:
    value = float(text)
    return int(value) if metadata["whole"] and value.is_integer() else value


class PixelChange(Extra):
    """Changes the bytes of one picture.

    Attributes:
        num_dali_inputs: Arrays that its operator in the DALI graph takes; 0: it has none, and the host changes what
            DALI decoded.
    """

    num_dali_inputs: ClassVar[int] = 0

    def change(self, image: Pixels, uniforms: Uniforms, /) -> None:
        """Change uint8 (S, S, 3) in place."""
        raise NotImplementedError

    def dali_inputs(self, uniforms: NDArray[np.float64], empty: NDArray[np.bool_], size: int, /) -> list[NDArray[Any]]:
        """What the operator is told of a batch.

        Args:
            uniforms: float64 (B, `Stream.SIZE`).
            empty: bool (B,), places without a picture, which stay black.
            size: S.

        Returns:
            ``num_dali_inputs`` arrays with a row for each place.
        """
        raise NotImplementedError

    def dali_change(self, fn: Any, images: Any, told: list[Any], /) -> Any:
        """The operator: ``images`` of the DALI graph, changed as ``told`` says.

        Args:
            fn: `nvidia.dali.fn`.
            images: A node of the graph.
            told: Nodes of `dali_inputs`.
        """
        raise NotImplementedError


class Mixture(NamedTuple):
    """How a place's picture and its partner's are put together."""

    share: float  # of the place's own picture
    box: tuple[int, int, int, int] | None  # top, bottom, left and right of the partner's part; None: they are blended


class Mixing(Extra):
    """Puts each picture together with a partner's.

    Attributes:
        cuts: Whether the partner fills a box.
    """

    cuts: ClassVar[bool] = False

    def mixture(self, uniforms: Uniforms, size: int, /) -> Mixture:
        """The mixture of one place of S x S pixels."""
        raise NotImplementedError
