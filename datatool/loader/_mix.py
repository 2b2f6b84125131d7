"""Mixtures made: a place's picture and its partner's, as bytes on the host or by masks on a device."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from datatool.pipelines import Augment


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
        augment: One that mixes.
        uniforms: float64 (B, `Stream.SIZE`).
        filled: bool (B,), where there is a partner.

    Returns:
        float32 (B,), the share of ``images`` in each mixture.
    """
    import cv2

    shares = np.ones(len(images), np.float32)
    for place in np.flatnonzero(filled):
        image, partner = images[place], partners[place]
        shares[place], box = augment.mixture(uniforms[place], image.shape[0])
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
        augment: One that mixes.
        uniforms: float64 (B, `Stream.SIZE`).
        filled: bool (B,), where there is a partner.

    Returns:
        float32 masks, (B, 1, S, S), or (B, 1, 1, 1) without cutmix, and float32 shares (B,).
    """
    side = size if any(mixing.cuts for mixing in augment.mixings) else 1
    mask = np.ones((len(uniforms), 1, side, side), np.float32)
    shares = np.ones(len(uniforms), np.float32)
    for place in np.flatnonzero(filled):
        shares[place], box = augment.mixture(uniforms[place], size)
        if box is None:
            mask[place] = shares[place]
        else:
            top, bottom, left, right = box
            mask[place, :, top:bottom, left:right] = 0
    return mask, shares
