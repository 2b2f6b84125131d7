"""The images of a data set in the order of their shards, and their bytes, read ahead."""

from __future__ import annotations

import hashlib
import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import Final, NamedTuple

from datatool.images import UnreadableError, max_bytes, read_header
from datatool.machine import cpu_limit
from datatool.pack._options import PackOptions
from datatool.prepare import PrepareOptions, shrink
from datatool.rows import Rows, names_image
from datatool.schemas import EVAL_SPLITS, IO_THREADS, TRAIN
from datatool.storage import Locator, ReadAhead, StorageError, locate, read, signature

_AHEAD: Final = 8  # images under way for each thread
_FETCH: Final = 10_000
_THREADS_PER_CPU: Final = 2  # reading waits for disks


class Image(NamedTuple):  # fields in the order of `images_of`
    """One file or member with one label; what is listed several times is packed once."""

    root: str
    path: str
    label: int


class Encoded(NamedTuple):
    """An image's bytes, or why there are none."""

    image: Image
    data: bytes
    suffix: str
    reason: str = ""


def splits_of(rows: Rows, /) -> list[str]:
    """The splits that have rows, in order."""
    found = {split for (split,) in rows.read().execute("SELECT DISTINCT split::VARCHAR FROM rows").fetchall()}
    return [split for split in (TRAIN, *EVAL_SPLITS) if split in found]


def images_of(rows: Rows, split: str, /, *, seed: int) -> Iterator[Image]:
    """Every image of a split once, in an order that depends on the seed and the paths alone."""
    cursor = (
        rows.read()
        .cursor()
        .execute(
            "SELECT root::VARCHAR AS root, path, label FROM rows WHERE split = ? GROUP BY root::VARCHAR, path, label "
            "ORDER BY md5(?::VARCHAR || ' ' || path), path, min(file), min(line), label",
            [split, seed],
        )
    )
    while found := cursor.fetchmany(_FETCH):
        yield from (Image(*row) for row in found)


def rows_digest(rows: Rows, /) -> str:
    """What a pack is made of: every row with its place, roots aside."""
    digest = hashlib.blake2b(digest_size=16)
    cursor = (
        rows.read()
        .cursor()
        .execute("SELECT path, label, source::VARCHAR, split::VARCHAR, line FROM rows ORDER BY file, line, path, split")
    )
    while found := cursor.fetchmany(_FETCH):
        digest.update(repr(found).encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def encoded(images: Iterator[Image], options: PackOptions, /) -> Iterator[Encoded]:
    """The bytes of images in order, read by threads that stay a bounded number of images ahead."""
    threads = options.num_threads or _THREADS_PER_CPU * cpu_limit().usable
    with ThreadPoolExecutor(threads, thread_name_prefix="datatool-pack") as pool:
        under_way: deque[Future[Encoded]] = deque()
        ahead = ReadAhead()

        def begin(count: int) -> None:
            for image in islice(images, count):
                [locator] = ahead([locate(image.root, image.path)])
                under_way.append(pool.submit(_encoded, image, locator, options))

        try:
            begin(max(threads * _AHEAD, IO_THREADS))
            while under_way:
                yield under_way.popleft().result()
                begin(1)
        finally:
            ahead.close()
            pool.shutdown(cancel_futures=True)


def encoded_length(image: Image, options: PackOptions, /) -> int:
    """Bytes that an image will have; -1 of one that cannot be read.

    Raises:
        LoaderError: If its container changed, or a store refuses.
    """
    locator = locate(image.root, image.path)
    if options.short_side is not None:
        found = _encoded(image, locator, options)
        return -1 if found.reason else len(found.data)
    try:
        return signature(locator).size
    except (OSError, ValueError):
        return -1


def _encoded(image: Image, locator: Locator, options: PackOptions) -> Encoded:
    suffix = os.path.splitext(image.path)[1].lower()
    try:
        if options.short_side is not None:
            data, _, is_shrunk = shrink(locator, _shrinking(options))
            return Encoded(image, data, ".jpg" if is_shrunk else _suffix(suffix, data))
        data = read(locator, max_bytes=max_bytes(options.max_pixels))  # as it is, for the same batches
        return Encoded(image, data, _suffix(suffix, data))
    except (StorageError, UnreadableError) as error:
        return Encoded(image, b"", "", str(error))


def _shrinking(options: PackOptions) -> PrepareOptions:
    assert options.short_side is not None
    return PrepareOptions(short_side=options.short_side, quality=options.quality, max_pixels=options.max_pixels)


def _suffix(suffix: str, data: bytes) -> str:
    """The ending of a member: readers of WebDataset tell by it how to decode."""
    return suffix if names_image(f"a{suffix}") else f".{read_header(data).format or 'jpg'}"
