"""Sizes that a picture takes when it is made smaller."""

from __future__ import annotations

from typing import Final

DCT_SCALES: Final = (8, 4, 2)  # libjpeg-turbo decodes these fractions without computing the rest


def short_side(width: int, height: int, target: int, /) -> tuple[int, int]:
    """Width and height once the shorter is ``target``.

    >>> short_side(400, 300, 150)
    (200, 150)
    """
    if width <= height:
        return target, max(target, round(height * target / width))
    return max(target, round(width * target / height)), target
