from __future__ import annotations

import cv2
import numpy as np
import pytest

from datatool.images import UnreadableError, decode, decode_scaled, read_header
from tests.helpers.pictures import damages, encode, jpeg, kinds, pixels, turned

KINDS = kinds()
SCALABLE = [name for name, data in KINDS.items() if read_header(data).scalable]


@pytest.mark.parametrize("name", SCALABLE)
def test_simplejpeg_and_opencv_make_the_same_picture(name: str) -> None:
    data = KINDS[name]
    expected = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB)
    actual = decode_scaled(data, read_header(data), scale=1)
    assert actual is not None
    assert expected is not None
    assert actual.shape == expected.shape
    assert np.abs(actual.astype(int) - expected).mean() < 0.5


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("scale", [2, 4, 8])
def test_a_scaled_picture_is_the_whole_one_averaged(orientation: int, scale: int) -> None:
    """A turned picture whose side is no multiple of the scale lies up to one pixel aside."""
    smooth = cv2.GaussianBlur(pixels(1, width=302, height=203), (0, 0), 9)
    data = encode(smooth, ".jpg", cv2.IMWRITE_JPEG_QUALITY, 95)
    data = data if orientation == 1 else turned(data, orientation)
    header = read_header(data)
    actual = decode_scaled(data, header, scale=scale)
    assert actual is not None
    assert actual.shape == (-(-header.height // scale), -(-header.width // scale), 3)
    whole = decode_scaled(data, header, scale=1)
    assert whole is not None
    height, width = header.height // scale, header.width // scale
    expected = cv2.resize(whole[: height * scale, : width * scale], (width, height), interpolation=cv2.INTER_AREA)
    difference = np.abs(actual[:height, :width].astype(int) - expected).mean()
    assert difference < (1.5 if orientation in (1, 5) else 10)


@pytest.mark.parametrize("name", sorted(set(KINDS) - set(SCALABLE)))
def test_other_formats_come_as_three_channels(name: str) -> None:
    image = decode(KINDS[name])
    assert image.dtype == np.uint8
    assert (image.ndim, image.shape[2]) == (3, 3)


@pytest.mark.parametrize("name", ["header_only.jpg", "page.jpg"])
def test_what_is_no_picture_is_refused(name: str) -> None:
    with pytest.raises(UnreadableError, match="does not decode"):
        decode(damages()[name])


@pytest.mark.parametrize("name", ["no_end.jpg", "half.jpg", "rot.jpg"])
def test_damage_in_the_scan_is_accepted_at_every_scale(name: str) -> None:
    data = damages()[name] + b"\xff\xd9"
    for scale in (1, 2, 4, 8):
        assert decode_scaled(data, read_header(data), scale=scale) is not None


def test_the_upper_half_of_a_torn_picture_is_exact() -> None:
    data = jpeg(3)
    whole = decode_scaled(data, read_header(data), scale=1)
    torn = data[: len(data) // 2] + b"\xff\xd9"
    upper = decode_scaled(torn, read_header(torn), scale=1)
    assert whole is not None
    assert upper is not None
    rows = whole.shape[0] // 4
    assert np.array_equal(whole[:rows], upper[:rows])
