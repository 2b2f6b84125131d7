"""One file to one row: what is right, damaged, refused or not there."""

from __future__ import annotations

import functools
import os
import random
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import simplejpeg

from datatool.audit.images._measure import Known, measure, measure_chunk, pixel_chunk
from datatool.audit.images._strict import DamageError, look
from datatool.images import read_header
from tests.helpers.scenes import encode, scene

Put = Callable[[str, bytes], str]
run = functools.partial(measure, max_pixels=1_000_000)
SCENE = scene(1)


@pytest.mark.parametrize(
    ("kind", "name"),
    [("JPEG", "jpeg"), ("PNG", "png"), ("GIF", "gif"), ("BMP", "bmp"), ("WEBP", "webp"), ("TIFF", "tiff")],
)
def test_sound_files_of_every_format_have_size_mode_and_hashes(put: Put, kind: str, name: str) -> None:
    row = run(Known(put("a.img", encode(SCENE, kind))))
    assert (row["format"], row["width"], row["height"]) == (name, 90, 120)
    assert row["mode"] == ("P" if kind == "GIF" else "RGB")
    assert row.get("code") is None
    assert None not in (row["content"], row["key"], row["look"])


@pytest.mark.parametrize("mode", ["L", "CMYK", "RGBA", "LA", "P", "1", "I;16"])
def test_other_modes_are_read_and_hashed(put: Put, mode: str) -> None:
    from PIL import Image

    image = Image.fromarray(SCENE)
    if mode == "I;16":
        image = Image.fromarray(SCENE[:, :, 0].astype(np.uint16) * 250)
    file = put("a", b"")
    image.convert(mode).save(file, "JPEG" if mode in ("L", "CMYK") else "PNG")
    row = run(Known(file))
    assert (row.get("code"), row["mode"]) == (None, mode)
    assert row["look"] is not None
    assert pixel_chunk([file], max_pixels=10**6).column("pixels")[0].as_py() is not None


def test_a_missing_file_a_folder_and_an_impossible_name_are_told_apart(put: Put, tmp_path: Path) -> None:
    assert run(Known(str(tmp_path / "none.jpg")))["code"] == "E401"
    assert run(Known(str(tmp_path / "a\0b.jpg")))["code"] == "E401"
    assert run(Known(put("f", b"") + "/under-a-file.jpg"))["code"] == "E401"
    assert run(Known(str(tmp_path)))["code"] == "E402"


@pytest.mark.parametrize(
    "data", [b"", b"<!doctype html><title>404</title>", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n" + bytes(40)]
)
def test_what_no_decoder_reads_is_unreadable(put: Put, data: bytes) -> None:
    row = run(Known(put("a.jpg", data)))
    assert row["code"] == "E402"
    assert row["reason"]


def test_a_jpeg_without_its_end_marker_is_damaged_and_says_so(put: Put) -> None:
    row = run(Known(put("a.jpg", encode(SCENE)[:-2])))
    assert row["code"] == "W403"
    assert "end marker" in row["reason"]


def test_a_jpeg_cut_in_half_is_damaged(put: Put) -> None:
    data = encode(SCENE, quality=95)
    assert run(Known(put("a.jpg", data[: len(data) // 2])))["code"] == "W403"


def test_zeroed_and_deleted_blocks_that_decoders_accept_silently_are_damage(put: Put) -> None:
    import cv2

    data = encode(scene(2, height=400, width=400), quality=95)
    middle = len(data) // 2
    for number, damaged in enumerate(
        [data[:middle] + bytes(512) + data[middle + 512 :], data[:middle] + data[middle + 200 :]]
    ):
        assert cv2.imdecode(np.frombuffer(damaged, np.uint8), cv2.IMREAD_COLOR) is not None
        assert run(Known(put(f"{number}.jpg", damaged)))["code"] == "W403"


def test_a_wrong_checksum_in_a_png_is_damage(put: Put) -> None:
    data = bytearray(encode(SCENE, "PNG"))
    at = data.index(b"IDAT") + 4 + int.from_bytes(data[data.index(b"IDAT") - 4 : data.index(b"IDAT")], "big")
    data[at] ^= 1
    row = run(Known(put("a.png", bytes(data))))
    assert row["code"] in ("W403", "E402")
    assert "checksum" in row["reason"]


def test_a_png_without_its_end_chunk_is_damage(put: Put) -> None:
    row = run(Known(put("a.png", encode(SCENE, "PNG")[:-12])))
    assert row["code"] in ("W403", "E402")
    assert "end chunk" in row["reason"]


def png_bomb(width: int, height: int) -> bytes:
    """A PNG whose header promises more than its few bytes hold."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(100))) + chunk(b"IEND", b"")
    )


def test_too_many_pixels_are_refused_from_the_header(put: Put, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("datatool.audit.images._measure.look", lambda *_, **__: pytest.fail("it was decoded"))
    row = run(Known(put("a.png", png_bomb(60_000, 60_000))))
    assert (row["code"], row["width"], row["height"]) == ("E405", 60_000, 60_000)
    assert "3,600,000,000" in row["reason"]
    assert row["content"]


def test_exactly_max_pixels_is_allowed(put: Put) -> None:
    file = put("a.jpg", encode(SCENE))
    assert measure(Known(file), max_pixels=90 * 120).get("code") is None
    assert measure(Known(file), max_pixels=90 * 120 - 1)["code"] == "E405"


def test_an_unchanged_file_is_not_opened(put: Put, monkeypatch: pytest.MonkeyPatch) -> None:
    file = put("a.jpg", encode(SCENE))
    state = os.stat(file)
    monkeypatch.setattr("datatool.audit.images._measure._read", lambda *_: pytest.fail("it was opened"))
    row = run(Known(file, state.st_size, state.st_mtime_ns))
    assert row["code"] == "unchanged"


def test_a_lossless_copy_in_another_format_has_the_same_pixel_hash(put: Put) -> None:
    jpeg = encode(SCENE)
    pixels = simplejpeg.decode_jpeg(jpeg)
    files = [put("a.jpg", jpeg), put("a.png", encode(pixels, "PNG")), put("a.bmp", encode(pixels, "BMP"))]
    assert len(set(pixel_chunk(files, max_pixels=10**6).column("pixels").to_pylist())) == 1


def test_reduced_grey_decoding_finds_the_damage_that_full_decoding_finds(shared_data: Path) -> None:
    """Strictness must not depend on how much of the picture is computed."""
    generator = random.Random(5)
    files = sorted((shared_data / "clothing" / "val_list.txt").read_text().splitlines())[::12]
    verdicts = {True: 0, False: 0}
    for line in files:
        data = (shared_data / "clothing" / line.rsplit(" ", 1)[0]).read_bytes()
        at = generator.randrange(700, len(data) - 600)
        flipped = bytearray(data)
        flipped[at] ^= 1 << generator.randrange(8)
        for damaged in (
            data,
            data[:at] + bytes(64) + data[at + 64 :],
            data[:at],
            data[:at] + data[at + 3 :],
            bytes(flipped),
        ):
            try:
                simplejpeg.decode_jpeg(damaged)
                full = True
            except ValueError:
                full = False
            try:
                look(damaged, read_header(damaged))
                reduced = True
            except DamageError:
                reduced = False
            assert full == reduced
            verdicts[full] += 1
    assert min(verdicts.values()) > len(files)


def test_a_chunk_is_a_table_in_the_order_of_its_files(put: Put, tmp_path: Path) -> None:
    files = [
        Known(put("a.jpg", encode(SCENE))),
        Known(str(tmp_path / "none")),
        Known(put("b.png", encode(SCENE, "PNG"))),
    ]
    table = measure_chunk(files, max_pixels=10**6)
    assert table.column("file").to_pylist() == [known.file for known in files]
    assert table.column("code").to_pylist() == [None, "E401", None]
