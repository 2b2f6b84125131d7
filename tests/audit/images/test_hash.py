"""Hashes of bytes, pixels and looks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from datatool.audit.images._hash import byte_hash, perceptual_hash, pixel_hash


def test_equal_bytes_in_another_shape_or_mode_are_another_picture() -> None:
    pixels = np.arange(24, dtype=np.uint8).reshape(4, 6)
    hashes = {
        pixel_hash(pixels, mode="L"),
        pixel_hash(pixels.reshape(6, 4), mode="L"),
        pixel_hash(pixels.reshape(4, 2, 3), mode="RGB"),
        pixel_hash(pixels.reshape(4, 2, 3), mode="LAB"),
        pixel_hash(pixels.view(np.uint16), mode="L"),
    }
    assert len(hashes) == 5


def test_the_pixel_hash_does_not_depend_on_memory_layout() -> None:
    pixels = np.arange(24, dtype=np.uint8).reshape(4, 6)
    assert pixel_hash(np.asfortranarray(pixels), mode="L") == pixel_hash(pixels, mode="L")


def test_the_byte_hash_is_blake2b_of_128_bits() -> None:
    assert byte_hash(b"") == "cae66941d9efbd404e4d88758ea67670"


@pytest.mark.parametrize("level", [0, 17, 255])
def test_a_flat_picture_has_no_look(level: int) -> None:
    thumb = np.full((32, 32), level, np.uint8)
    thumb[3, 4] = level + 7 if level < 200 else level - 7
    assert perceptual_hash(thumb) is None


@given(arrays.arrays(np.uint8, (32, 32)), st.integers(1, 20))
def test_a_look_is_a_signed_64_bit_integer_and_ignores_brightness(thumb: np.ndarray, more: int) -> None:
    low = (thumb // 2).astype(np.uint8)
    first, second = perceptual_hash(low), perceptual_hash(low + np.uint8(more))
    if first is None:
        assert second is None
        return
    assert -(2**63) <= first < 2**63
    assert second is not None
    assert bin((first ^ second) % 2**64).count("1") <= 2  # rounding of coefficients equal to the median
