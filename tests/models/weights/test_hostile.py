"""Weight files made to hurt: refused in one sentence, within 2 GiB and 20 seconds each, in a process that lives on."""

from __future__ import annotations

import io
import json
import pickle
import struct
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.helpers.limited_reading import read_limited

SHARED = Path(__file__).resolve().parents[4] / "shared" / "cases" / "hostile"
REBUILD = b"ctorch._utils\n_rebuild_tensor_v2\n"
ENCODE = b"c_codecs\nencode\n"


def text(value: str) -> bytes:
    return b"X" + struct.pack("<I", len(value)) + value.encode()


def torch_pickle(size: tuple[int, ...], stride: tuple[int, ...], count: int = 4) -> bytes:
    """`{"a": tensor}` over the storage `0`, as torch writes it."""
    whole = b"".join(b"\x8a\x08" + struct.pack("<q", number) for number in size)
    steps = b"".join(b"\x8a\x08" + struct.pack("<q", number) for number in stride)
    storage = (
        b"(" + text("storage") + b"ctorch\nFloatStorage\n" + text("0") + text("cpu") + b"M" + struct.pack("<H", count)
    )
    rest = b"tQK\x00(" + whole + b"t(" + steps + b"t\x89ccollections\nOrderedDict\n)RtR"
    return b"\x80\x02}" + text("a") + REBUILD + b"(" + storage + rest + b"s."


def archive(pickled: bytes, storage: bytes = bytes(16), method: int = zipfile.ZIP_STORED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as made:
        made.writestr("archive/data.pkl", pickled)
        made.writestr("archive/data/0", storage)
    return stream.getvalue()


def patched(data: bytes, *, local: int, central: int, value: bytes) -> bytes:
    """An archive with a field of its first member's two headers overwritten."""
    found = bytearray(data)
    found[local : local + len(value)] = value
    place = data.index(b"PK\x01\x02") + central
    found[place : place + len(value)] = value
    return bytes(found)


def understated(size: int) -> bytes:
    """A deflated storage of zeros whose headers say that it is short."""
    data = bytearray(archive(torch_pickle((4,), (1,)), bytes(size), zipfile.ZIP_DEFLATED))
    central = data.index(b"PK\x01\x02", data.index(b"PK\x01\x02") + 1)
    data[central + 24 : central + 28] = struct.pack("<I", 16)
    return bytes(data)


def safetensors(kind: str, shape: list[int], data: bytes) -> bytes:
    header = f'{{"a": {{"dtype": "{kind}", "shape": {shape}, "data_offsets": [0, {len(data)}]}}}}'.encode()
    return struct.pack("<Q", len(header)) + header + data


def empty_tensors(number: int) -> bytes:
    each = {f"t{index}": {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]} for index in range(number)}
    header = json.dumps(each).encode()
    return struct.pack("<Q", len(header)) + header


def directory(number: int) -> bytes:
    """The list of an archive that says one member again and again."""
    start = WHOLE.index(b"PK\x01\x02")
    entry = WHOLE[start : WHOLE.index(b"PK\x01\x02", start + 4)]
    counts = struct.pack("<HHII", 65_535, 65_535, number * len(entry), start)
    return entry * number + b"PK\x05\x06" + bytes(4) + counts + bytes(2)


def repeated(made: bytes, each: bytes, times: int) -> bytes:
    """`{"k": made}`, then a value from it `times` times over."""
    return b"\x80\x04}" + text("k") + made + b"q\x01s" + each * times + b"."


WHOLE = archive(torch_pickle((4,), (1,)))
MEGABYTE = "x" * 1_000_000
ARRAY = pickle.dumps(np.zeros(500_000, np.uint16), 4)[11:-1]  # without its frame and its stop
FILES = {
    "hash_of_nested_tuples.pdparams": b"\x80\x02})" + b"\x85" * 200_000 + b"K\x01s.",
    "memo_of_a_billion.pdparams": b"\x80\x02}r" + struct.pack("<I", 1_000_000_000) + b".",
    "bytes_of_an_exabyte.pdparams": b"\x80\x04}" + text("a") + b"\x8e" + struct.pack("<Q", 1 << 60) + b"s.",
    "frame_of_an_exabyte.pdparams": b"\x80\x04\x95" + struct.pack("<Q", 1 << 60) + b"}.",
    "stride_of_0.pth": archive(torch_pickle((20_000, 20_000), (0, 0))),
    "size_past_64_bits.pth": archive(torch_pickle((1 << 62, 1 << 62), (0, 0))),
    "deflated_zeros.pth": archive(torch_pickle((4,), (1,)), bytes(1 << 28), zipfile.ZIP_DEFLATED),
    "deflated_pickle.pth": archive(torch_pickle((4,), (1,)) + bytes(1 << 28), method=zipfile.ZIP_DEFLATED),
    "understated.pth": understated(1 << 28),
    "crc.pth": patched(WHOLE, local=14, central=16, value=b"\x00\x00\x00\x00"),
    "encrypted.pth": patched(WHOLE, local=6, central=8, value=b"\x01\x00"),
    "method.pth": patched(WHOLE, local=8, central=10, value=b"\x61\x00"),
    "bzip2.pth": archive(torch_pickle((4,), (1,)), method=zipfile.ZIP_BZIP2),
    "version.pth": patched(WHOLE, local=4, central=6, value=b"\x63\x00"),
    "dimensions.safetensors": safetensors("F32", [1] * 100, bytes(4)),
    "dimensions_of_halves.safetensors": safetensors("BF16", [1] * 100, bytes(2)),
    "nothing_of_an_exabyte.safetensors": safetensors("F32", [0, 1 << 62], b""),
    "header_of_an_exabyte.safetensors": struct.pack("<Q", 1 << 60) + b"{}",
    "header_nested.safetensors": struct.pack("<Q", 200_000) + b'{"a":' + b"[" * 199_995,
    "tensors_without_end.safetensors": empty_tensors(200_000),
    "members_without_end.pth": WHOLE[: WHOLE.index(b"PK\x01\x02")] + directory(400_000),
    "state_of_a_function.pdparams": b"\x80\x02" + ENCODE + b"N}" + text("__defaults__") + text("a") + b"\x85s\x86b.",
    "state_of_a_dtype_kind.pdparams": b"\x80\x02cnumpy\nndarray\n}" + text("a") + b"K\x01sb.",
    "items_of_a_function.pdparams": b"\x80\x02" + ENCODE + text("a") + b"K\x01s.",
    "ordered_dict_of_no_pairs.pdparams": b"\x80\x02ccollections\nOrderedDict\n)RN}"
    + text("items")
    + ENCODE
    + b"s\x86b.",
    "text_encoded_again_and_again.pdparams": repeated(
        text(MEGABYTE), ENCODE + b"h\x01" + text("latin1") + b"\x86R", 3_000
    ),
    "tuple_copied_again_and_again.pdparams": repeated(
        b"(" + b"K\x01" * 100_000 + b"l", b"cbuiltins\ntuple\nh\x01\x85R", 5_000
    ),
    "steps_without_end.pdparams": b"\x80\x02" + b"}0" * 3_000_000 + b".",
    "marks_without_end.pdparams": b"\x80\x02" + b"(" * 2_000_000 + b".",
    "numbers_of_digits.pdparams": b"I" + b"9" * 1_000_000 + b"\n.",
    "keys_that_collide.pdparams": b"\x80\x02}("
    + b"".join(b"\x8a\x0a" + (index * ((1 << 61) - 1)).to_bytes(10, "little") + b"N" for index in range(100_000))
    + b"u.",
}


@pytest.fixture
def made(tmp_path: Path) -> list[Path]:
    for name, data in FILES.items():
        (tmp_path / name).write_bytes(data)
    return [tmp_path / name for name in FILES]


def check(found: dict[str, dict[str, Any]]) -> None:
    for name, outcome in found.items():
        assert outcome["error"] is not None, name
        assert outcome["error"].startswith("CheckpointError: "), (name, outcome)
        assert len(outcome["error"]) < 1_000, name
        assert outcome["seconds"] < 20, (name, outcome)


@pytest.mark.slow
def test_hostile_files_are_refused_within_memory_and_time(made: list[Path]) -> None:
    """Recursion, sizes of the file's choosing, copies of copies, bombs, states of functions, odd archives, shapes."""
    found = read_limited(made)
    assert found.keys() == FILES.keys()
    check(found)


@pytest.mark.slow
def test_hostile_files_beside_the_checkout_are_refused_within_memory_and_time() -> None:
    """Those that once crashed the program."""
    if not SHARED.is_dir():
        pytest.skip("../shared/cases/hostile does not lie beside this checkout")
    paths = [path for suffix in ("pdparams", "pth", "safetensors") for path in sorted(SHARED.glob(f"*.{suffix}"))]
    assert paths
    check(read_limited(paths))


@pytest.mark.slow
def test_depth_beside_weights_does_no_harm(tmp_path: Path) -> None:
    """A right tensor beside values nested 300,000 deep: both are read, and freed."""
    for name, opened, closed in (("tuples", b")", b"\x85"), ("lists", b"]", b"\x85"), ("dicts", b"}", b"\x85")):
        nested = opened + closed * 300_000
        data = b"\x80\x04}" + text("a") + ARRAY + b"s" + text("deep") + nested + b"s."
        (tmp_path / f"{name}.pdparams").write_bytes(data)
    found = read_limited(sorted(tmp_path.iterdir()))
    assert {name: outcome["error"] for name, outcome in found.items()} == {
        "dicts.pdparams": None,
        "lists.pdparams": None,
        "tuples.pdparams": None,
    }


@pytest.mark.slow
def test_an_array_under_many_names_is_widened_once(tmp_path: Path) -> None:
    """One megabyte of bfloat16 bits under 2,000 names would else be four thousand megabytes."""
    named = b"".join(text(f"n{number}") + (b"h\x01" if number else ARRAY + b"q\x01") for number in range(2_000))
    (tmp_path / "w.pdparams").write_bytes(b"\x80\x04}(" + named + b"u.")
    assert read_limited([tmp_path / "w.pdparams"])["w.pdparams"]["error"] is None
