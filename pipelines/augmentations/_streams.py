"""Where the random numbers of each step stand in a place's row of `Request.uniforms`."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

CROP_ATTEMPTS: Final = 10  # as torchvision and DALI: then the largest centred box of an allowed ratio
MAX_OPS: Final = 4


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
