"""Files that ask a decoder for more than they are: each is refused from its header, before anything is decoded."""

from __future__ import annotations

import io
import struct
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, features

from datatool.audit.images._measure import Known, measure
from datatool.images import Header, UnreadableError, decode, inspect, is_regular, read_header
from tests.helpers.bounded import run
from tests.helpers.formats import HEIGHT, WIDTH, image, saved
from tests.helpers.pictures import turned, write

MAX_PIXELS = 178_000_000
SCAN = b"\xff\xda\0\x08\1\1\0\0\x3f\0" + bytes(20)


def chunk(kind: bytes, body: bytes = b"") -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(*more: bytes) -> bytes:
    """A PNG with more bytes after its first chunk."""
    data = saved("PNG")
    return data[:33] + b"".join(more) + data[33:]


def gif(
    screen: tuple[int, int], frame: tuple[int, int], extension: bytes = b"", pixels: bytes = b"\2\2\x4c\1\0"
) -> bytes:
    start = b"GIF89a" + struct.pack("<HHBBB", *screen, 0x80, 0, 0) + bytes(6)
    return start + extension + b"," + struct.pack("<HHHHB", 0, 0, *frame, 0) + pixels + b";"


def blocks(data: bytes) -> bytes:
    """Sub-blocks of a GIF."""
    return b"".join(bytes([len(data[at : at + 255])]) + data[at : at + 255] for at in range(0, len(data), 255)) + b"\0"


def tiff(*tags: tuple[int, int, int, int], tail: int = 4000) -> bytes:
    """A grey TIFF, its tags (code, kind, count, value) replaced or added."""
    plain = {256: (4, 1, WIDTH), 257: (4, 1, HEIGHT), 258: (3, 1, 8), 259: (3, 1, 1), 262: (3, 1, 1), 277: (3, 1, 1)}
    strips = {273: (4, 1, 400), 278: (4, 1, HEIGHT), 279: (4, 1, WIDTH * HEIGHT)}
    chosen = sorted((plain | strips | {code: rest for code, *rest in tags}).items())
    entries = b"".join(struct.pack("<HHII", code, *rest) for code, rest in chosen)
    return b"II*\0\x08\0\0\0" + struct.pack("<H", len(chosen)) + entries + bytes(4 + tail)


def jp2(**numbers: int) -> bytes:
    """A JPEG 2000 file whose codestream says other sizes than the boxes around it."""
    data = bytearray(saved("JPEG2000"))
    start = data.index(b"\xff\x4f\xff\x51")
    for name, value in numbers.items():
        place = {"right": 8, "bottom": 12, "across": 24, "down": 28}[name]
        struct.pack_into(">I", data, start + place, value)
    return bytes(data)


def jp2_of(precinct: int, side: int, layers: int = 1) -> bytes:
    """A JPEG 2000 file of many small precincts, or many layers, in each of which nothing stands."""
    data = jp2(right=side, bottom=side, across=side, down=side)
    place = data.index(b"\xff\x52")
    (length,) = struct.unpack_from(">H", data, place + 2)
    style = bytearray(data[place + 4 : place + 14])
    style[0] |= 1
    struct.pack_into(">H", style, 2, layers)
    style += bytes([precinct]) * (style[5] + 1)
    return data[:place] + b"\xff\x52" + struct.pack(">H", len(style) + 2) + bytes(style) + data[place + 2 + length :]


def palette_of(channels: int) -> bytes:
    data = saved("JPEG2000", image().convert("L"))
    place = data.index(b"jp2h")
    (size,) = struct.unpack_from(">I", data, place - 4)
    box = struct.pack(">I", 8 + 3 + channels) + b"pclr" + b"\0\1" + bytes([channels]) + bytes(channels)
    return data[: place - 4] + struct.pack(">I", size + len(box)) + b"jp2h" + box + data[place + 4 :]


def jpeg_of_scans(scans: int, *, hidden: bytes = b"") -> bytes:
    """A sequential JPEG of three channels that comes back to the first of them again and again."""
    data = saved("JPEG", subsampling=0)
    first = data.index(b"\xff\xda")
    return data[:first] + 2 * SCAN + hidden + (scans - 2) * SCAN + b"\xff\xd9"


def jpeg_with_hidden_frame() -> bytes:
    """Zeros after 0xFF are no marker: what stands behind them is the frame header that decoders find."""
    data = saved("JPEG")
    place = data.index(b"\xff\xc0")
    frame = bytearray(data[place : place + 19])
    struct.pack_into(">HH", frame, 5, 60_000, 60_000)
    return data[:2] + b"\xff\0" + struct.pack(">H", len(frame) + 2) + bytes(frame) + data[2:]


def refused(data: bytes) -> str:
    with pytest.raises(UnreadableError) as caught:
        inspect(data, max_pixels=MAX_PIXELS)
    return str(caught.value)


def tagged(*, sharing: int) -> bytes:
    """A TIFF whose tags all have the same megabyte as their value."""
    return tiff(*((30_000 + number, 1, 1 << 20, 400) for number in range(sharing)), tail=1 << 20)


HUGE = png()[:33].replace(struct.pack(">II", WIDTH, HEIGHT), struct.pack(">II", 60_000, 60_000))
TEXT = chunk(b"zTXt", b"k\0\0" + zlib.compress(bytes(1 << 20)))
TILE = ((322, 4, 1, 30_000), (323, 4, 1, 30_000), (324, 4, 1, 400), (325, 4, 1, 99))
TRAPS = {
    "a PNG of gigabytes": (HUGE, "3,600,000,000"),
    "a PNG chunk of gigabytes": (png(b"\x7f\xff\xff\xfftEXt"), "2,147,483,647 bytes, more than the file"),
    "PNG pixels of gigabytes": (png(b"\xff\xff\xff\xf0IDAT"), "more than the file"),
    "a thousand packed PNG texts": (png(1000 * TEXT), "more than 32 packed texts"),
    "a million PNG chunks": (png(100_001 * chunk(b"aaAa")), "more than 100,000 chunks"),
    "a GIF frame beyond its screen": (gif((1, 1), (60_000, 60_000)), "3,600,000,000"),
    "a GIF of comments": (gif((4, 4), (4, 4), b"!\xfe" + blocks(bytes(2_000_000))), "4,096 blocks"),
    "a TIFF tile": (tiff(*TILE), "900,000,000"),
    "a TIFF strip": (tiff((278, 4, 1, 16_000_000)), "768,000,000"),
    "TIFF tags that share a megabyte": (tagged(sharing=500), "more values than"),
    "a codestream larger than its box": (
        jp2(right=15_000, bottom=15_000, across=15_000, down=15_000),
        "225,000,000",
    ),
    "a codestream of tiles of a pixel": (jp2(right=255, bottom=255, across=1, down=1), "266,342,400"),
    "a codestream of precincts of a pixel": (jp2_of(0x11, 3000), "770,"),
    "a codestream of 65,535 layers": (jp2_of(0x44, 1000, layers=65_535), "350,"),
    "a palette of 255 channels": (palette_of(255), "more than 4 channels"),
    "a JPEG of 1,000 scans": (jpeg_of_scans(1000), "more than 100 scans"),
    "an end marker hidden in a comment": (jpeg_of_scans(1000, hidden=b"\xff\xfe\0\4\xff\xd9"), "more than 100 scans"),
    "a JPEG with a hidden frame": (jpeg_with_hidden_frame(), "3,600,000,000"),
    "a JPEG of fill bytes": (b"\xff\xd8" + b"\xff" * 20_000_000, "does not say how large"),
    "a JPEG of comments": (b"\xff\xd8" + b"\xff\xfe\0\2" * 5_000_000, "does not say how large"),
}


@pytest.mark.parametrize("name", TRAPS)
def test_a_trap_is_refused_at_once_by_audit_and_engines(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, reason = TRAPS[name]
    assert reason in refused(data)
    monkeypatch.setattr("datatool.audit.images._measure.look", lambda *_, **__: pytest.fail("it was decoded"))
    (tmp_path / "x").write_bytes(data)
    row = measure(Known(str(tmp_path / "x")), max_pixels=MAX_PIXELS)
    assert row["code"] in ("E402", "E405")
    assert reason.split(" ")[0] in row["reason"]


def test_a_gif_of_clear_codes_is_not_given_to_opencv(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each code makes OpenCV build its table anew; 100 kB took seconds."""
    monkeypatch.setattr("cv2.imdecode", lambda *_: pytest.fail("OpenCV was asked"))
    bits = "".join(format(256, "09b")[::-1] for _ in range(800_000))
    codes = bytes(int(bits[at : at + 8][::-1], 2) for at in range(0, len(bits), 8))
    with pytest.raises(UnreadableError):
        decode(gif((4, 4), (4, 4), pixels=b"\x08" + blocks(codes)))


@pytest.mark.parametrize("scans", [2, 99, 100])
def test_a_jpeg_of_a_hundred_scans_is_read(scans: int) -> None:
    data = jpeg_of_scans(scans)
    assert inspect(data, max_pixels=MAX_PIXELS).scans == scans
    assert decode(data).shape == (HEIGHT, WIDTH, 3)


def test_scan_markers_of_what_follows_a_progressive_jpeg_are_not_counted() -> None:
    """A film clip holds such bytes by chance."""
    data = saved("JPEG", progressive=True)
    plain = inspect(data, max_pixels=MAX_PIXELS)
    assert 1 < plain.scans < 20
    assert inspect(data + b"\xff\xda" * 500, max_pixels=MAX_PIXELS).scans == plain.scans


@pytest.mark.skipif(not features.check("avif"), reason="this Pillow writes no AVIF")
class TestAvif:
    def test_frames_larger_than_the_box_says_count(self) -> None:
        data = bytearray(saved("AVIF", Image.new("RGB", (640, 480))))
        struct.pack_into(">II", data, data.index(b"ispe") + 8, 8, 8)
        header = read_header(bytes(data))
        assert (header.width, header.height, header.pixels) == (8, 8, 640 * 480)

    def test_a_mask_is_no_reason_to_refuse(self) -> None:
        data = saved("AVIF", image().convert("RGBA").rotate(20))
        assert read_header(data).pixels == WIDTH * HEIGHT

    def test_a_picture_that_is_both_is_refused(self) -> None:
        """OpenCV reads as AVIF what begins as JPEG 2000."""
        both = b"\0\0\0\x0cjP  \r\n\x87\n" + saved("AVIF")
        assert "at once" in refused(both)

    @pytest.mark.parametrize("cut", range(0, 500, 7))
    def test_a_torn_file_says_nothing_or_the_truth(self, cut: int) -> None:
        header = read_header(saved("AVIF")[:cut])
        assert (header.width, header.height) in ((0, 0), (WIDTH, HEIGHT))


def test_a_tiff_whose_pages_lead_back_to_the_first_ends() -> None:
    data = bytearray(tiff())
    (num_tags,) = struct.unpack_from("<H", data, 8)
    struct.pack_into("<I", data, 10 + 12 * num_tags, 8)
    assert inspect(bytes(data), max_pixels=MAX_PIXELS).width == WIDTH


def test_a_tiff_of_thousands_of_pages_is_read() -> None:
    stream = io.BytesIO()
    pages = [image()] * 1000
    pages[0].save(stream, "TIFF", save_all=True, append_images=pages[1:])
    assert inspect(stream.getvalue(), max_pixels=MAX_PIXELS).width == WIDTH


@pytest.mark.parametrize("regular", [False, True])
def test_only_jpegs_whose_markers_follow_one_another_are_regular(regular: bool) -> None:
    """What looks for no marker, as DALI does not, is given no other."""
    data = saved("JPEG")
    place = data.index(b"\xff\xc4")
    odd = data if regular else data[:place] + b"\xff\xff\0" + data[place:]
    assert is_regular(odd) == regular
    assert read_header(odd) == Header("jpeg", WIDTH, HEIGHT)
    np.testing.assert_array_equal(decode(odd), decode(data))


def test_a_jpeg_whose_exif_data_readers_may_take_in_two_ways_is_not_regular() -> None:
    data = turned(saved("JPEG"), 6)
    twice = turned(data, 3)
    cut = data.replace(b"\x01\x12\0\3", b"\x01\x12\0\2")
    assert [is_regular(one) for one in (data, twice, cut)] == [True, False, False]


def test_damaged_markers_in_most_of_a_batch_do_not_end_the_program(tmp_path: Path) -> None:
    """DALI itself crashes over several of them, so that they must not come to it."""
    pytest.importorskip("nvidia.dali", reason="DALI is not installed")
    data = saved("JPEG")
    gap = data.index(b"\xff\xc4")
    kinds = [data, data[:gap] + b"\0\0" + data[gap:], data[:2] + data[20:60] + data[2:], data[:gap]]
    files = write(tmp_path, {f"{number}.jpg": kinds[number % len(kinds)] for number in range(128)})
    script = """
import sys
from datatool.pipelines import EngineSpec, open_engine, parse_augment
from tests.helpers.pictures import requests
engine = open_engine("dali", EngineSpec(image_size=32, batch_size=32, augment=parse_augment("eval")))
print(sum(int(result.filled.sum()) for result in engine.batches(requests(sys.argv[1:], batch_size=32))))
engine.close()
"""
    done = run([sys.executable, "-c", script, *files], tmp_path)
    assert (done.code, done.out.strip()) == (0, "96"), done.err[-2000:]
