"""Damaged weight files by the thousand: `python -m tests.helpers.weight_fuzz COUNT SEED FOLDER` says how they end.

The folder holds valid files to begin with. Bytes are flipped, cut, doubled, moved, taken from another file, or
replaced by numbers at the edges of their types; members of archives and headers of safetensors are damaged inside,
with checksums and lengths made right again, since else nothing else would be reached.
"""

from __future__ import annotations

import io
import json
import pickletools
import struct
import sys
import time
import traceback
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random

from tests.helpers.limited_reading import limit_memory, peak_memory

_EDGES = (
    0,
    1,
    2,
    4,
    127,
    128,
    255,
    32_767,
    65_535,
    1 << 20,
    (1 << 31) - 1,
    1 << 31,
    (1 << 32) - 1,
    (1 << 63) - 1,
    1 << 63,
)
_OPCODES = [opcode.code.encode("latin-1") for opcode in pickletools.opcodes]
_WORDS = (b"[0, 4611686018427387904]", b"[1e9]", b'"BF16"', b'"F4"', b"null", b"-1", b"{}", b"[[[]]]", b'"a"', b"1.5")


def mutate(data: bytes, random: Random, others: list[bytes], /) -> bytes:
    """One to a few damages."""
    found = bytearray(data)
    for _ in range(random.choice((1, 1, 1, 2, 4, 16))):
        random.choice(_DAMAGES)(found, random, others)
    return bytes(found)


def _flip(data: bytearray, random: Random, _: list[bytes]) -> None:
    if data:
        data[random.randrange(len(data))] ^= 1 << random.randrange(8)


def _put(data: bytearray, random: Random, _: list[bytes]) -> None:
    if data:
        data[random.randrange(len(data))] = random.randrange(256)


def _opcode(data: bytearray, random: Random, _: list[bytes]) -> None:
    place = random.randrange(len(data) + 1)
    data[place : place + random.randrange(2)] = random.choice(_OPCODES)


def _edge(data: bytearray, random: Random, _: list[bytes]) -> None:
    size, code = random.choice(((1, "B"), (2, "H"), (4, "I"), (8, "Q")))
    number = random.choice([edge for edge in _EDGES if edge < 1 << (8 * size)])
    place = random.randrange(len(data) + 1)
    data[place : place + size] = struct.pack(f"<{code}", number)


def _word(data: bytearray, random: Random, _: list[bytes]) -> None:
    place = random.randrange(len(data) + 1)
    data[place : place + random.randrange(12)] = random.choice(_WORDS)


def _cut(data: bytearray, random: Random, _: list[bytes]) -> None:
    del data[random.randrange(len(data) + 1) :]


def _remove(data: bytearray, random: Random, _: list[bytes]) -> None:
    start = random.randrange(len(data) + 1)
    del data[start : start + random.randrange(64)]


def _double(data: bytearray, random: Random, _: list[bytes]) -> None:
    start = random.randrange(len(data) + 1)
    part = data[start : start + random.randrange(64)]
    data[start:start] = part * random.choice((1, 1, 1, 100))


def _splice(data: bytearray, random: Random, others: list[bytes]) -> None:
    other = random.choice(others)
    start, place = random.randrange(len(other) + 1), random.randrange(len(data) + 1)
    data[place:place] = other[start : start + random.randrange(256)]


_DAMAGES: tuple[Callable[[bytearray, Random, list[bytes]], None], ...] = (
    *(_flip, _put, _opcode, _opcode, _edge, _edge, _word, _cut, _remove, _double, _splice),
)


def damaged(name: str, data: bytes, random: Random, others: list[bytes], /) -> bytes:
    """A damaged file; in half of the cases only what is inside its wrapping."""
    if random.random() < 0.5:
        return mutate(data, random, others)
    if data.startswith(b"PK"):
        return _damaged_archive(data, random, others)
    if name.endswith(".safetensors"):
        length = int.from_bytes(data[:8], "little")
        header = mutate(data[8 : 8 + length], random, others)
        return struct.pack("<Q", len(header)) + header + data[8 + length :]
    return mutate(data, random, others)


def _damaged_archive(data: bytes, random: Random, others: list[bytes]) -> bytes:
    stream = io.BytesIO()
    method = random.choice((zipfile.ZIP_STORED, zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w", method) as new:
        chosen = random.choice([name for name in old.namelist() for _ in range(20 if name.endswith(".pkl") else 1)])
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, mutate(content, random, others) if name == chosen else content)
    return stream.getvalue()


def main(count: int, seed: int, folder: Path) -> int:
    """Exit code 1 after the first file that ends in anything but its arrays or `CheckpointError`."""
    from datatool.errors import CheckpointError
    from datatool.models import read_weights

    files = [(path.name, path.read_bytes()) for path in sorted(folder.iterdir())]
    others = [data for _, data in files]
    outcomes: Counter[str] = Counter()
    slowest = 0.0
    limit_memory()
    for index in range(count):
        name, data = files[index % len(files)]
        path = folder / f"damaged{Path(name).suffix}"
        path.write_bytes(damaged(name, data, Random(f"{seed}/{index}"), others))
        begun = time.process_time()
        try:
            read_weights(path)
            outcome = "read"
        except CheckpointError as error:
            outcome = error.message.partition(";")[0]
        except BaseException:  # noqa: BLE001 - panics of compiled code too
            sys.stderr.write(f"input {index} of seed {seed}, made of {name}, kept as {path}\n{traceback.format_exc()}")
            return 1
        slowest = max(slowest, time.process_time() - begun)
        outcomes[outcome] += 1
    sys.stdout.write(json.dumps({"outcomes": outcomes, "slowest_s": slowest, "peak_MiB": peak_memory() >> 20}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])))
