"""Shards of a data set, one after the other, resumable, and the tables that make them a data set of the same rows."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Final

from datatool.pack._images import Encoded, Image, encoded, images_of, rows_digest, splits_of
from datatool.pack._manifest import write_tables
from datatool.pack._options import PackOptions
from datatool.pack._shard import TABLES, Packed, finished, write_shard
from datatool.pack._unpack import UNPACKED
from datatool.rows import Rows
from datatool.schemas import (
    ConfigError,
    DatasetError,
    PackDocument,
    atomic_file,
    remove_abandoned,
    sole_writer,
)

PACK_FILE: Final = "pack.json"
_SETTINGS: Final = ("shard_bytes", "short_side", "quality", "seed")


def pack(
    rows: Rows, /, *, out: Path, options: PackOptions, on_image: Callable[[], None] = lambda: None
) -> PackDocument:
    """Write shards that WebDataset reads, and lists whose images they are; interrupted, it goes on where it was.

    Args:
        rows: The data set.
        out: A new folder, or an earlier run's with the same settings and rows.
        options: How shards are made.
        on_image: Told of each image.

    Raises:
        ConfigError: If ``out`` was made with other settings, of other rows, or by something else.
        DatasetError: If there is no usable row, or too many images cannot be read.
    """
    with sole_writer(out):
        document = _open_folder(out, rows, options)
        if not document.complete:
            packed = {split: _pack_split(rows, split, out, options, on_image) for split in splits_of(rows)}
            document = _finish(rows, out, document, options, packed)
        for folder in (TABLES, UNPACKED):
            shutil.rmtree(out / folder, ignore_errors=True)
        return document


def _finish(
    rows: Rows, out: Path, document: PackDocument, options: PackOptions, packed: dict[str, tuple[list[Packed], int]]
) -> PackDocument:
    images = {split: found for split, (found, _) in packed.items()}
    every = list(chain.from_iterable(images.values()))
    rejected = [image for image in every if image.reason]
    _check_rejected(rejected, len(every), options.max_errors)
    listed, left_out = write_tables(rows, out, images)
    shards = {image.shard for image in every}
    done = document.model_copy(
        update={
            "complete": True,
            "shards": len(shards),
            "images": len(every) - len(rejected),
            "kept": sum(kept for _, kept in packed.values()),
            "rejected": len(rejected),
            "rows": listed,
            "left_out": left_out,
            "bytes": sum((out / shard).stat().st_size for shard in shards),
        }
    )
    _write(out, done)
    for file in out.glob("*.tar"):
        if file.name not in shards:  # of an earlier run that could read fewer images
            file.unlink()
    return done


def _pack_split(
    rows: Rows, split: str, out: Path, options: PackOptions, on_image: Callable[[], None]
) -> tuple[list[Packed], int]:
    """Every image of a split, and how many an earlier run had packed."""
    images: Iterator[Image] = images_of(rows, split, seed=options.seed)
    packed: list[Packed] = []
    while (done := finished(out, _name(split, packed))) is not None:
        following = list(islice(images, len(done)))
        if [image.image for image in done] != following or any(image.reason for image in done):
            images = chain(following, images)  # what could not be read may be there by now
            break
        packed += done
        for _ in done:
            on_image()
    kept = len(packed)
    shown = _shown(encoded(images, options), on_image)
    while done := write_shard(out, _name(split, packed), shown, first=len(packed), size=options.shard_bytes):
        packed += done
    return packed, kept


def _name(split: str, packed: list[Packed]) -> str:
    """The name of the next shard."""
    number = int(packed[-1].shard.removesuffix(".tar").rpartition("-")[2]) + 1 if packed else 0
    return f"{split}-{number:05d}.tar"


def _shown(images: Iterator[Encoded], on_image: Callable[[], None]) -> Iterator[Encoded]:
    for image in images:
        on_image()
        yield image


def _open_folder(out: Path, rows: Rows, options: PackOptions) -> PackDocument:
    document = PackDocument(
        shard_bytes=options.shard_bytes,
        short_side=options.short_side,
        quality=None if options.short_side is None else options.quality,
        seed=options.seed,
        rows_digest=rows_digest(rows),
        complete=False,
    )
    if not splits_of(rows):
        raise DatasetError("a data set to pack must have usable rows; got none", hint="run datatool audit")
    file = out / PACK_FILE
    if not out.exists() or all(each.name == UNPACKED for each in out.iterdir()):
        _write(out, document)
        return document
    if not file.is_file():
        raise ConfigError(f"the output folder must be new or an earlier run's; got '{out}'", hint="choose another -o")
    old = PackDocument.parse(_json(file), file=file)
    _check_same(old, document, file)
    if not old.complete:
        remove_abandoned(out)
    return old


def _check_same(old: PackDocument, new: PackDocument, file: Path) -> None:
    for name in _SETTINGS:
        first, given = getattr(old, name), getattr(new, name)
        if first != given:
            raise ConfigError(
                f"a continued run must have its first settings, --{name.replace('_', '-')} {first}; got {given}",
                file=file,
                hint="choose another -o",
            )
    if old.rows_digest != new.rows_digest:
        raise ConfigError(
            "a continued run must have its first rows; got a data set that changed", file=file, hint="choose another -o"
        )


def _json(file: Path) -> object:
    try:
        return json.loads(file.read_bytes())
    except ValueError as error:
        raise ConfigError(f"{PACK_FILE} must be JSON; got '{error}'", file=file) from None


def _write(out: Path, document: PackDocument) -> None:
    with atomic_file(out / PACK_FILE) as temporary:
        temporary.write_text(document.to_json())


def _check_rejected(rejected: list[Packed], total: int, max_errors: float) -> None:
    if len(rejected) > max_errors * total:
        first = rejected[0]
        raise DatasetError(
            f"at most {max_errors:.1%} of the images may be unreadable; got {len(rejected):,} of {total:,}, "
            f"'{os.path.join(first.root, first.path)}' first: {first.reason}",
            hint="see datatool audit --images, or raise --max-errors",
        )
