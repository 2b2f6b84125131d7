"""What can only be read from front to back, written once as what can be read in place."""

from __future__ import annotations

import contextlib
import hashlib
import lzma
import shutil
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Final

from datatool.audit.images import THREADS
from datatool.schemas import ConfigError, Dataset, DatasetError, atomic_file, is_url, scratch_folder
from datatool.storage import (
    InPiecesError,
    compression_of,
    container_of,
    copy_object,
    is_container,
    is_container_name,
    is_table_name,
    members_of,
)

UNPACKED: Final = ".unpacked"  # a folder of the pack, until it is complete
_HEAD: Final = 512
_COPIED: Final = 1 << 20  # bytes at a time
_ARROW_NAMES: Final = {"gzip": "gzip", "bzip2": "bz2", "Zstandard": "zstd"}  # compressions as pyarrow calls them


@contextlib.contextmanager
def working_folder(out: str, /) -> Iterator[Path]:
    """The folder for `unpacked` of a pack that goes to a place; for a bucket it is gone at the end."""
    if not is_url(out):
        yield Path(out) / UNPACKED
        return
    with scratch_folder() as folder:
        yield folder


def check_seen_by_all(dataset: Dataset, folder: Path, engine: str | None, /) -> None:
    """Refuse to spread over a cluster what was unpacked on this machine alone.

    Raises:
        ConfigError: If a part of the data set lies in the folder of a pack that goes to a bucket.
    """
    alone = [part.path for part in dataset.parts if folder in Path(str(part.root)).parents]
    if alone and engine not in (None, THREADS) and folder.name != UNPACKED:
        raise ConfigError(
            f"what a cluster packs must be where all its nodes see it; got '{alone[0]}', unpacked on this machine",
            hint="pack into a folder that they share, or without --engine",
        )


def unpacked(path: str, /, *, folder: Path) -> str:
    """A tar or zip that can be read in place: the one given if it can be, else a copy in a folder.

    Compressed tars are unpacked, compressed members of zips are stored, and sparse files of tars are filled.

    Raises:
        DatasetError: If it is damaged or encrypted.
        RemoteError: If its store refuses.
    """
    if is_url(path):
        if is_table_name(path) or not _needs_copy(path):
            return path
        path = _once(path, folder, path.rpartition("/")[2], lambda target: copy_object(container_of(path), target))
    with open(path, "rb") as stream:
        how = compression_of(stream.read(_HEAD))
    if how is not None:
        path = _once(path, folder, ".tar", lambda target: _decompress(path, how, target))
    elif not is_container(path):
        return path
    try:
        barred = members_of(path).barred
    except InPiecesError:
        return _once(path, folder, ".filled.tar", lambda target: _fill(path, target))
    return _once(path, folder, ".zip", lambda target: _store(path, target)) if barred else path


def _needs_copy(url: str) -> bool:
    """Whether an object cannot be read in place."""
    if not is_container_name(url):
        return True
    try:
        return bool(members_of(url).barred)
    except InPiecesError:
        return True


def _once(path: str, folder: Path, ending: str, write: Any) -> str:
    """The copy of a file as it is now, written unless an earlier run has."""
    named = " ".join(map(str, container_of(path)))
    digest = hashlib.blake2b(named.encode("utf-8", "surrogateescape"), digest_size=6).hexdigest()
    target = folder / f"{path.rpartition('/')[2].partition('.')[0]}-{digest}{ending}"
    if not target.is_file():
        try:
            with atomic_file(target) as temporary:
                write(temporary)
        except (EOFError, OSError, lzma.LZMAError, tarfile.TarError, zipfile.BadZipFile, RuntimeError) as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise
            raise DatasetError(f"a container must be whole and not encrypted; got '{error}'", file=path) from None
    return str(target)


def _decompress(path: str, how: str, target: Path) -> None:
    with _opened(path, how) as source, target.open("wb") as stream:
        shutil.copyfileobj(source, stream, _COPIED)


def _opened(path: str, how: str) -> IO[bytes]:
    if how == "xz":
        return lzma.open(path)
    import pyarrow as pa

    opened: IO[bytes] = pa.input_stream(path, compression=_ARROW_NAMES[how])
    return opened


def _store(path: str, target: Path) -> None:
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as stored:
        for info in source.infolist():
            if not info.is_dir():
                plain = zipfile.ZipInfo(info.filename)
                with source.open(info) as data, stored.open(plain, "w", force_zip64=True) as stream:
                    shutil.copyfileobj(data, stream, _COPIED)


def _fill(path: str, target: Path) -> None:
    with tarfile.open(path, "r:") as source, tarfile.open(target, "w", format=tarfile.PAX_FORMAT) as filled:
        for member in source:
            data = source.extractfile(member) if member.isfile() else None
            if data is not None:
                plain = tarfile.TarInfo(member.name)
                plain.size = member.size
                filled.addfile(plain, data)
