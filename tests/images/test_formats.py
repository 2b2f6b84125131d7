"""The table of formats, and its promise: audit and engines pass and refuse the same files."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from datatool.audit.images._measure import Known, measure
from datatool.images import FORMATS, UnreadableError, decode, decodes, inspect, read_encoded, read_header
from datatool.pipelines import EngineSpec, open_engine, parse_augment
from datatool.rows.text._grammar import IMAGE_EXTENSIONS
from tests.helpers.formats import HEIGHT, WIDTH, by_hand, by_opencv, by_pillow, converted, mutated, readable, saved
from tests.helpers.pictures import kinds, pixels, requests
from tests.helpers.program import REPOSITORY

ALL = by_pillow() | by_opencv() | by_hand() | kinds()
READABLE = readable()
MAX_PIXELS = 2_000_000
NUM_FUZZED = int(os.environ.get("DATATOOL_FUZZ", "300"))


@pytest.fixture(params=["threads", "dali"])
def engine(request: pytest.FixtureRequest) -> str:
    if request.param == "dali":
        pytest.importorskip("nvidia.dali", reason="DALI is not installed")
    return str(request.param)


def passed_by_audit(files: list[str]) -> list[bool]:
    return [measure(Known(file), max_pixels=MAX_PIXELS).get("code") in (None, "W403") for file in files]


def passed_by_engine(name: str, files: list[str]) -> list[bool]:
    spec = EngineSpec(image_size=16, batch_size=32, augment=parse_augment("eval"), max_pixels=MAX_PIXELS)
    built = open_engine(name, spec)
    try:
        return [bool(one) for result in built.batches(requests(files, batch_size=32)) for one in result.filled]
    finally:
        built.close()


def write(folder: Path, files: dict[str, bytes]) -> Iterator[str]:
    for number, (name, data) in enumerate(files.items()):
        file = folder / f"{number}-{name}"
        file.write_bytes(data)
        yield str(file)


def differing(files: list[str], name: str) -> list[str]:
    """Files that one of audit and engine passes and the other refuses."""
    verdicts = zip(files, passed_by_audit(files), passed_by_engine(name, files), strict=True)
    return [Path(file).name for file, audited, loaded in verdicts if audited != loaded]


def test_audit_and_engines_pass_and_refuse_the_same_kinds_of_pictures(tmp_path: Path, engine: str) -> None:
    files = list(write(tmp_path, ALL))
    assert differing(files, engine) == []


def test_audit_and_engines_agree_on_pictures_changed_at_random(tmp_path: Path, engine: str) -> None:
    """A few hundred, or as many as DATATOOL_FUZZ says; each ends in a finding or a picture, never in an exception."""
    chance = random.Random(NUM_FUZZED)
    names = list(READABLE)
    for first in range(0, NUM_FUZZED, 1000):
        numbers = range(first, min(first + 1000, NUM_FUZZED))
        chosen = {f"{n}-{names[n % len(names)]}": mutated(READABLE[names[n % len(names)]], chance) for n in numbers}
        files = list(write(tmp_path, chosen))
        assert differing(files, engine) == []
        for file in files:
            os.unlink(file)


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_of_the_table_is_read(name: str) -> None:
    found = [data for data in READABLE.values() if read_header(data).format == name]
    if name == "avif" and not found:
        pytest.skip("this Pillow writes no AVIF")
    assert found
    assert any(decodes(data, inspect(data, max_pixels=MAX_PIXELS)) for data in found)


@pytest.mark.parametrize("name", [name for name in READABLE if name != "real.tif"])
def test_the_header_gives_the_size_that_decoding_gives(name: str) -> None:
    header = inspect(READABLE[name], max_pixels=MAX_PIXELS)
    assert (header.height, header.width) == decode(READABLE[name]).shape[:2] == (HEIGHT, WIDTH)


@pytest.mark.parametrize("name", READABLE)
def test_the_header_gives_the_cost_to_the_pixel(name: str) -> None:
    pixels = inspect(READABLE[name], max_pixels=MAX_PIXELS).pixels
    inspect(READABLE[name], max_pixels=pixels)
    with pytest.raises(UnreadableError, match=f"{pixels:,} pixels, more than max_pixels {pixels - 1:,}"):
        inspect(READABLE[name], max_pixels=pixels - 1)


@pytest.mark.parametrize(
    ("kind", "noun"),
    [
        ("hdr", "floating-point numbers"),
        ("pfm", "floating-point numbers"),
        ("exr", "floating-point numbers"),
        ("EPS-RGB", "a PostScript program"),
        ("PDF-RGB", "a PDF document"),
        ("svg", "an SVG drawing"),
        ("page", "a page of text"),
        ("heic", "a HEIC picture"),
        ("film", "a film"),
        ("psd", "a Photoshop document"),
        ("ICO-RGBA", "a Windows icon"),
        ("jxl", "a JPEG XL picture"),
        ("pointer", "a Git LFS pointer"),
        ("TGA-RGB", "no image format is recognised"),
        ("zeros", "no image format is recognised"),
        ("nothing", "the file is empty"),
        ("frames.avif", "an AVIF sequence"),
    ],
)
def test_what_is_not_read_is_refused_by_name(tmp_path: Path, kind: str, noun: str) -> None:
    if kind not in ALL:
        pytest.skip("this Pillow writes none")
    [file] = write(tmp_path, {kind: ALL[kind]})
    with pytest.raises(UnreadableError, match=noun):
        read_encoded(file, max_pixels=MAX_PIXELS)
    row = measure(Known(file), max_pixels=MAX_PIXELS)
    assert row["code"] == "E402"
    assert noun in row["reason"]


def test_a_lab_tiff_is_a_picture_and_no_missing_file(tmp_path: Path) -> None:
    [file] = write(tmp_path, {"lab.tif": saved("TIFF", converted("LAB"))})
    row = measure(Known(file), max_pixels=MAX_PIXELS)
    assert (row.get("code"), row["mode"], row["width"]) == (None, "LAB", WIDTH)


@pytest.mark.parametrize("mode", ["P", "L", "1", "RGBA", "LA"])
@pytest.mark.parametrize("interlace", [0, 1])
def test_a_gif_shows_what_opencv_shows(mode: str, interlace: int) -> None:
    data = saved("GIF", converted(mode), interlace=interlace)
    assert_like_opencv(data)


def test_a_gif_shows_its_background_where_it_is_transparent_or_has_no_frame() -> None:
    picture = converted("P")
    clear = saved("GIF", picture, transparency=picture.getpixel((3, 3)), background=9)
    assert_like_opencv(clear)
    small = bytearray(saved("GIF", picture, background=7))
    small[6:10] = (WIDTH + 9).to_bytes(2, "little") + (HEIGHT + 5).to_bytes(2, "little")
    assert_like_opencv(bytes(small))
    assert decode(bytes(small)).shape == (HEIGHT + 5, WIDTH + 9, 3)


def assert_like_opencv(data: bytes) -> None:
    expected = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB)
    assert expected is not None
    np.testing.assert_array_equal(decode(data), expected)


def test_pictures_of_one_colour_keep_it_in_every_format_without_loss() -> None:
    rgb = pixels(1, width=WIDTH, height=HEIGHT)
    for data in (saved("PNG"), saved("BMP"), saved("PPM"), saved("TIFF"), saved("WEBP", lossless=True)):
        np.testing.assert_array_equal(decode(data), rgb)


def test_pillow_is_asked_for_one_format_and_loads_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not by its content, its name or its bytes does a file choose a plug-in that starts a program."""
    monkeypatch.setattr(Image, "init", lambda: pytest.fail("every plug-in was loaded"))
    monkeypatch.setattr(Image, "open", lambda *_, **__: pytest.fail("Pillow was asked to choose"))
    for file in write(tmp_path, ALL):
        measure(Known(file), max_pixels=MAX_PIXELS)


def test_every_ending_of_lists_and_folders_is_in_the_table() -> None:
    endings = {ending for each in FORMATS.values() for ending in each.endings}
    assert set(IMAGE_EXTENSIONS) - endings == set()


def test_the_documentation_has_a_line_for_every_format() -> None:
    page = (REPOSITORY / "docs" / "loader.md").read_text(encoding="utf-8")
    table = {line.split("|")[1].strip() for line in page.splitlines() if line.startswith("| ")}
    assert set(FORMATS) <= table
