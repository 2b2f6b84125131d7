"""mixup and cutmix: a place's picture and its partner's, shares by area (1710.09412, 1905.04899)."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from datatool.pipelines import Augment, Stream

_GRID: Final = 4097


def mix(
    images: NDArray[np.uint8],
    partners: NDArray[np.uint8],
    augment: Augment,
    uniforms: NDArray[np.float64],
    filled: NDArray[np.bool_],
    /,
) -> NDArray[np.float32]:
    """Mix ``partners`` into ``images`` in place.

    Args:
        images: uint8 (B, S, S, 3).
        partners: uint8 (B, S, S, 3).
        augment: With mixup, cutmix or both.
        uniforms: float64 (B, `Stream.SIZE`).
        filled: bool (B,), where there is a partner.

    Returns:
        float32 (B,), the share of ``images`` in each mixture.
    """
    import cv2

    shares = np.ones(len(images), np.float32)
    for place in np.flatnonzero(filled):
        image, partner = images[place], partners[place]
        shares[place], box = _drawn(augment, uniforms[place], image.shape[0])
        if box is None:
            share = float(shares[place])
            cv2.addWeighted(image, share, partner, 1 - share, 0, dst=image)
        else:
            top, bottom, left, right = box
            image[top:bottom, left:right] = partner[top:bottom, left:right]
    return shares


def masks(
    size: int, augment: Augment, uniforms: NDArray[np.float64], filled: NDArray[np.bool_], /
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The same mixtures for pictures on a device: ``partner + (image - partner) * mask``.

    Args:
        size: S.
        augment: With mixup, cutmix or both.
        uniforms: float64 (B, `Stream.SIZE`).
        filled: bool (B,), where there is a partner.

    Returns:
        float32 masks, (B, 1, S, S), or (B, 1, 1, 1) without cutmix, and float32 shares (B,).
    """
    side = size if augment.cutmix else 1
    mask = np.ones((len(uniforms), 1, side, side), np.float32)
    shares = np.ones(len(uniforms), np.float32)
    for place in np.flatnonzero(filled):
        shares[place], box = _drawn(augment, uniforms[place], size)
        if box is None:
            mask[place] = shares[place]
        else:
            top, bottom, left, right = box
            mask[place, :, top:bottom, left:right] = 0
    return mask, shares


def _drawn(augment: Augment, row: NDArray[np.float64], size: int) -> tuple[float, tuple[int, int, int, int] | None]:
    """The share of a place's own picture, and the box of its partner's; None where they are blended."""
    if not _is_cut(augment, float(row[Stream.MIX_KIND])):
        return beta_quantile(augment.mixup, float(row[Stream.MIX_SHARE])), None
    share = beta_quantile(augment.cutmix, float(row[Stream.MIX_SHARE]))
    box = cut(share, float(row[Stream.CUT_X]), float(row[Stream.CUT_Y]), size)
    return 1 - (box[1] - box[0]) * (box[3] - box[2]) / size**2, box


def cut(share: float, x: float, y: float, size: int, /) -> tuple[int, int, int, int]:
    """Top, bottom, left and right of a square of area 1 - ``share`` about a random centre, clipped to the picture."""
    half = round(size * math.sqrt(1 - share)) / 2
    spans = [(int(max(0, c * size - half)), int(min(size, c * size + half))) for c in (y, x)]
    return (*spans[0], *spans[1])


def _is_cut(augment: Augment, kind: float) -> bool:
    if augment.mixup and augment.cutmix:
        return kind < 0.5
    return augment.cutmix > 0


def beta_quantile(alpha: float, probability: float, /) -> float:
    """Quantile of the symmetric beta distribution.

    >>> round(beta_quantile(1.0, 0.3), 3)
    0.3
    """
    values, cumulated = _beta_table(alpha)
    if probability > 0.5:
        return 1 - float(np.interp(1 - probability, cumulated, values))
    return float(np.interp(probability, cumulated, values))


@lru_cache(maxsize=8)
def _beta_table(alpha: float) -> tuple[NDArray[Any], NDArray[Any]]:
    """Values in [0, 1/2] and their cumulated probability.

    With v = x^alpha the density's pole at 0 is gone: x^(alpha-1) dx = dv / alpha.
    """
    powers = np.linspace(0, 0.5**alpha, _GRID)
    values = powers ** (1 / alpha)
    density = (1 - values) ** (alpha - 1)
    steps = np.diff(powers) * (density[1:] + density[:-1]) / 2
    cumulated = np.concatenate([[0], np.cumsum(steps)])
    return values, cumulated / cumulated[-1] / 2
