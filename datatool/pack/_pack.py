"""Shards of a data set, one after the other, resumable, and the tables that make them a data set of the same rows."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Final, NamedTuple

from datatool.audit.images import THREADS
from datatool.pack._images import Encoded, Image, encoded, images_of, rows_digest, splits_of
from datatool.pack._manifest import register, write_tables
from datatool.pack._options import PackOptions
from datatool.pack._output import PACK_FILE, Output, open_output
from datatool.pack._shard import shard_name, write_shard
from datatool.rows import Rows
from datatool.schemas import ConfigError, DatasetError, PackDocument

_SETTINGS: Final = ("shard_bytes", "short_side", "quality", "seed")


class PackedSplit(NamedTuple):
    """How far a split is packed.

    Attributes:
        split: Its name.
        num_shards: That are in place.
        images: That are in them.
        kept: That an earlier run had packed.
    """

    split: str
    num_shards: int = 0
    images: int = 0
    kept: int = 0

    @property
    def shards(self) -> list[str]:
        """The names of those in place."""
        return [shard_name(self.split, number) for number in range(self.num_shards)]

    @property
    def next_shard(self) -> str:
        """The name of the next one."""
        return shard_name(self.split, self.num_shards)

    def with_shard(self, images: int) -> PackedSplit:
        """The same with one more shard of so many images."""
        return self._replace(num_shards=self.num_shards + 1, images=self.images + images)


def pack(
    rows: Rows,
    /,
    *,
    out: Path | str,
    options: PackOptions,
    engine: str | None = None,
    on_image: Callable[[], None] = lambda: None,
) -> PackDocument:
    """Write shards that WebDataset reads, and lists whose images they are; interrupted, it goes on where it was.

    Args:
        rows: The data set.
        out: A new folder or a place on a bucket, or an earlier run's with the same settings and rows.
        options: How shards are made.
        engine: `ray` or `ray:ADDRESS` spreads the shards over a cluster, with the same bytes; None is this process.
        on_image: Told of each image.

    Raises:
        ConfigError: If ``out`` was made with other settings, of other rows, or by something else.
        DatasetError: If there is no usable row, or too many images cannot be read.
        RemoteError: If a bucket refuses what is written.
    """
    with open_output(out) as output:
        document = _begun(output, rows, options)
        if not document.complete:
            pack_split = _pack_split if engine in (None, THREADS) else functools.partial(_pack_on_cluster, engine)
            packed = [pack_split(rows, split, output, options, on_image) for split in splits_of(rows)]
            document = _finish(rows, output, document, options, packed)
        output.tidy()
        return document


def _finish(
    rows: Rows, output: Output, document: PackDocument, options: PackOptions, packed: list[PackedSplit]
) -> PackDocument:
    """Lists and manifests; what is in the shards is read from their tables, one at a time."""
    shards = [name for split in packed for name in split.shards]
    register(rows, output.folder, {split.split: split.shards for split in packed})
    rejected = _count_rejected(rows, options.max_errors)
    sizes = output.sizes(shards)
    listed, left_out = write_tables(rows, output.folder, sizes, shrunk=options.shrunk)
    done = document.model_copy(
        update={
            "complete": True,
            "shards": len(shards),
            "images": sum(split.images for split in packed) - rejected,
            "kept": sum(split.kept for split in packed),
            "rejected": rejected,
            "rows": listed,
            "left_out": left_out,
            "bytes": sum(sizes.values()),
        }
    )
    output.end(done, set(shards))
    return done


def _pack_split(
    rows: Rows, split: str, output: Output, options: PackOptions, on_image: Callable[[], None]
) -> PackedSplit:
    """Every image of a split; no more than those of one shard are held at once."""
    images: Iterator[Image] = images_of(rows, split, seed=options.seed)
    packed = PackedSplit(split)
    while (done := output.finished(packed.next_shard)) is not None:
        following = list(islice(images, len(done)))
        if [image.image for image in done] != following or any(image.reason for image in done):
            images = chain(following, images)  # what could not be read may be there by now
            break
        packed = packed.with_shard(len(done))
        for _ in done:
            on_image()
    kept = packed.images
    shown = _shown(encoded(images, options), on_image)
    while done := write_shard(output.folder, packed.next_shard, shown, first=packed.images, size=options.shard_bytes):
        output.add(packed.next_shard)
        packed = packed.with_shard(len(done))
    return packed._replace(kept=kept)


def _pack_on_cluster(
    engine: str, rows: Rows, split: str, output: Output, options: PackOptions, on_image: Callable[[], None]
) -> PackedSplit:
    from datatool.pack._cluster import ClusterSplit

    cluster = ClusterSplit(engine, output, options, split, lambda: images_of(rows, split, seed=options.seed))
    shards, images = cluster.pack(on_image)
    return PackedSplit(split, shards, images, cluster.kept)


def _shown(images: Iterator[Encoded], on_image: Callable[[], None]) -> Iterator[Encoded]:
    for image in images:
        on_image()
        yield image


def _begun(output: Output, rows: Rows, options: PackOptions) -> PackDocument:
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
    old = output.begun(document)
    _check_same(old, document, output.place_of(PACK_FILE))
    return old


def _check_same(old: PackDocument, new: PackDocument, file: str) -> None:
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


def _count_rejected(rows: Rows, max_errors: float) -> int:
    """How many images could not be read.

    Raises:
        DatasetError: If they are too many.
    """
    query = rows.read().execute
    [(total, rejected)] = query("SELECT count(*), count(*) FILTER (reason <> '') FROM packed").fetchall()
    if rejected > max_errors * total:
        root, path, reason = query("SELECT root, path, reason FROM packed WHERE reason <> '' LIMIT 1").fetchone()
        raise DatasetError(
            f"at most {max_errors:.1%} of the images may be unreadable; got {rejected:,} of {total:,}, "
            f"'{os.path.join(root, path)}' first: {reason}",
            hint="see datatool audit --images, or raise --max-errors",
        )
    return int(rejected)
