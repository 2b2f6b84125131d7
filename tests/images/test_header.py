from __future__ import annotations

import cv2
import numpy as np
import pytest

from datatool.images import read_header, with_end_marker
from tests.helpers.pictures import damages, jpeg, kinds, turned

KINDS = kinds()


@pytest.mark.parametrize("name", KINDS)
def test_the_size_is_that_of_the_decoded_picture(name: str) -> None:
    image = cv2.imdecode(np.frombuffer(KINDS[name], np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    header = read_header(KINDS[name])
    assert (header.height, header.width) == image.shape[:2]


@pytest.mark.parametrize("name", ["colour.jpg", "progressive.jpg", "grey.jpg", "turned_6.jpg"])
def test_a_plain_jpeg_can_be_scaled(name: str) -> None:
    assert read_header(KINDS[name]).scalable


@pytest.mark.parametrize("name", ["cmyk.jpg", "colour.png", "colour.webp"])
def test_others_cannot(name: str) -> None:
    assert not read_header(KINDS[name]).scalable


@pytest.mark.parametrize("name", KINDS)
def test_no_prefix_of_a_file_is_too_short_to_look_at(name: str) -> None:
    """A torn file says nothing, or the truth."""
    whole = read_header(KINDS[name])
    for length in [*range(40), *range(40, len(KINDS[name]), 97)]:
        header = read_header(KINDS[name][:length])
        assert header.width in (0, whole.width, whole.height) or header.format == "tiff"


def test_random_bytes_never_raise() -> None:
    random = np.random.default_rng(0)
    starts = [b"\xff\xd8", b"\x89PNG\r\n\x1a\n", b"GIF8", b"BM", b"RIFF\0\0\0\0WEBP", b"II*\0", b"MM\0*", b""]
    for turn in range(2000):
        data = starts[turn % len(starts)] + random.bytes(int(random.integers(0, 60)))
        read_header(data)
        with_end_marker(data)


def test_damaged_headers_never_raise() -> None:
    random = np.random.default_rng(1)
    whole = np.frombuffer(turned(jpeg(), 6), np.uint8)
    for _ in range(500):
        data = whole.copy()
        data[random.integers(0, 700, 8)] = random.integers(0, 256, 8)
        read_header(data.tobytes())


def test_a_sound_jpeg_is_left_alone() -> None:
    data = jpeg()
    assert with_end_marker(data) == (data, False)


def test_a_jpeg_without_its_end_gets_one() -> None:
    data = jpeg()
    assert with_end_marker(data[:-2]) == (data, True)


def test_what_follows_the_end_is_left_alone() -> None:
    data = jpeg() + b"a film clip of a camera"
    assert with_end_marker(data) == (data, False)


def test_the_end_of_a_thumbnail_is_not_the_end() -> None:
    thumbnail = jpeg(1, width=16, height=16)
    segment = b"\xff\xe1" + (len(thumbnail) + 2).to_bytes(2, "big") + thumbnail
    data = jpeg()
    torn = data[:2] + segment + data[2:-2]
    assert with_end_marker(torn) == (torn + b"\xff\xd9", True)


@pytest.mark.parametrize("name", ["half.png", "empty.jpg", "page.jpg"])
def test_other_files_are_left_alone(name: str) -> None:
    assert with_end_marker(damages()[name]) == (damages()[name], False)
