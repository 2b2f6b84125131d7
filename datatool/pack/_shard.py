"""One shard: a plain tar that WebDataset reads, and a table beside it that says it is whole."""

from __future__ import annotations

import hashlib
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any, Final, NamedTuple

from datatool.pack._images import Encoded, Image
from datatool.schemas import atomic_file

TABLES: Final = ".pack"  # a folder of the tables of finished shards, until all are
_BLOCK: Final = 512
_RECORD: Final = 10_240  # what tars are filled up to
_DIGEST: Final = 16  # bytes


class Packed(NamedTuple):
    """An image in a shard; without a place, and with a reason, where its bytes could not be had."""

    root: str
    path: str
    label: int
    shard: str
    name: str
    offset: int
    length: int
    digest: str
    reason: str

    @property
    def image(self) -> Image:
        """Which one it is."""
        return Image(self.root, self.path, self.label)


def write_shard(folder: Path, name: str, images: Iterator[Encoded], /, *, first: int, size: int) -> list[Packed]:
    """Write images into a tar until it has ``size`` bytes, and its table once it is in place.

    Args:
        folder: Where.
        name: Of the tar.
        images: From which so many are taken as go in.
        first: Number of the first image in its split; samples are named by these numbers.
        size: Bytes.

    Returns:
        What was taken; nothing where no image was left.
    """
    taken: list[Packed] = []
    following = next(images, None)
    if following is None:
        return taken
    with atomic_file(folder / name) as temporary, temporary.open("wb") as stream:
        while following is not None:
            taken.append(_add(stream, name, f"{first + len(taken):09d}", following))
            following = next(images, None) if stream.tell() < size else None
        stream.write(bytes(2 * _BLOCK))
        stream.write(bytes(-stream.tell() % _RECORD))
    write_table(folder, name, taken)
    return taken


def shard_name(split: str, number: int, /) -> str:
    """The name of a shard of a split.

    >>> shard_name("train", 3)
    'train-00003.tar'
    """
    return f"{split}-{number:05d}.tar"


def read_packed(folder: Path, name: str, /) -> list[Packed] | None:
    """What is in a shard, by its table; None where there is none, since the shard was not finished."""
    if not table_file(folder, name).is_file():
        return None
    columns = read_table(folder, name).to_pydict()
    return [Packed(*row) for row in zip(*(columns[field] for field in Packed._fields), strict=True)]


def read_table(folder: Path, name: str, /) -> Any:
    """What is in a shard that is in place: an Arrow table with the fields of `Packed`."""
    import pyarrow as pa

    with pa.OSFile(str(table_file(folder, name))) as source:
        return pa.ipc.open_file(source).read_all()


def _add(stream: IO[bytes], shard: str, sample: str, given: Encoded) -> Packed:
    if given.reason:
        return Packed(*given.image, shard, "", -1, -1, "", given.reason)
    name = f"{sample}{given.suffix}"
    offset = _write_member(stream, name, given.data)
    _write_member(stream, f"{sample}.cls", str(given.image.label).encode())
    digest = hashlib.blake2b(given.data, digest_size=_DIGEST).hexdigest()
    return Packed(*given.image, shard, name, offset, len(given.data), digest, "")


def member_bytes(length: int, /) -> int:
    """Bytes of a file in a tar, with its header.

    >>> member_bytes(0), member_bytes(1), member_bytes(512)
    (512, 1024, 1024)
    """
    return _BLOCK + length + -length % _BLOCK


def _write_member(stream: IO[bytes], name: str, data: bytes) -> int:
    """Header, data and filling of a file; returns where its data begin. Without a date the same images make one tar."""
    info = tarfile.TarInfo(name)
    info.size = len(data)
    stream.write(info.tobuf(tarfile.USTAR_FORMAT))
    offset = stream.tell()
    stream.write(data)
    stream.write(bytes(-len(data) % _BLOCK))
    return offset


def table_file(folder: Path, name: str, /) -> Path:
    """Where the table of a shard is."""
    return folder / TABLES / f"{name}.arrow"


def write_table(folder: Path, name: str, taken: Sequence[Packed], /) -> None:
    """Write the table of a shard."""
    import pyarrow as pa

    columns: dict[str, Any] = dict(zip(Packed._fields, map(list, zip(*taken, strict=True)), strict=True))
    table = pa.table(columns)
    with (
        atomic_file(table_file(folder, name)) as temporary,
        pa.OSFile(str(temporary), "wb") as sink,
        pa.ipc.new_file(sink, table.schema) as writer,
    ):
        writer.write_table(table)
