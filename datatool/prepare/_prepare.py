"""Shrunk, encoded-again copies of every picture of a data set, and lists that name them; resumable and parallel."""

from __future__ import annotations

import os
from collections import Counter, deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any, Final

from datatool.images import UnreadableError
from datatool.machine import cpu_limit
from datatool.prepare._lists import write_lists
from datatool.prepare._names import copy_name
from datatool.prepare._options import QUALITY, PrepareOptions
from datatool.prepare._shrink import Copy, decode_seconds, make_copy
from datatool.rows import Rows
from datatool.schemas import (
    IO_THREADS,
    MAX_ERRORS,
    MAX_PIXELS,
    ConfigError,
    DatasetError,
    PrepareDocument,
    atomic_file,
    is_url,
    remove_abandoned,
    sole_writer,
)
from datatool.storage import ReadAhead, locate

SETTINGS_FILE: Final = "prepare.json"
_SAMPLE: Final = 24  # pictures whose decoding is timed, before and after
_AHEAD: Final = 8  # pictures queued for each thread


def prepare(
    rows: Rows,
    /,
    *,
    short_side: int,
    out: Path,
    quality: int = QUALITY,
    num_threads: int | None = None,
    max_pixels: int = MAX_PIXELS,
    max_errors: float = MAX_ERRORS,
    on_copy: Callable[[], None] = lambda: None,
) -> PrepareDocument:
    """Make the copies; run again after an interruption, it goes on where it was.

    Args:
        rows: The data set.
        short_side: This and the options from ``quality`` on are those of `PrepareOptions`.
        out: The new folder; one that an earlier run with the same settings left is continued.
        quality: As there.
        num_threads: As there.
        max_pixels: As there.
        max_errors: As there.
        on_copy: Told of each finished picture.

    Raises:
        ConfigError: If an option is out of range, or ``out`` was made with others or by something else.
        DatasetError: If too many pictures are unreadable.
    """
    options = PrepareOptions(
        short_side=short_side,
        quality=quality,
        num_threads=num_threads,
        max_pixels=max_pixels,
        max_errors=max_errors,
    )
    with sole_writer(out):
        return _prepare(rows, out, options, on_copy)


def _prepare(rows: Rows, out: Path, options: PrepareOptions, on_copy: Callable[[], None]) -> PrepareDocument:
    document = _open_folder(out, short_side=options.short_side, quality=options.quality)
    connection = rows.read()
    [(total,)] = connection.execute(f"SELECT count(DISTINCT {rows.identity}) FROM rows").fetchall()  # noqa: S608 - ours
    roots = tuple(root for (root,) in connection.execute("SELECT DISTINCT root FROM rows ORDER BY 1").fetchall())
    totals: Counter[str] = Counter()
    renamed: dict[str, str] = {}
    rejected: dict[str, str] = {}
    sample: list[tuple[str, str]] = []
    for number, (original, name, copy) in enumerate(_copies(rows, out, roots, options)):
        on_copy()
        totals.update({"files": 1, copy.kind: 1, "bytes_before": copy.before, "bytes_after": copy.after})
        if copy.kind == "rejected":
            rejected[name] = copy.reason
        elif copy.name != name:
            renamed[name] = copy.name
        if number % max(1, total // _SAMPLE) == 0 and copy.kind != "rejected":
            sample.append((original, str(out / copy.name)))
    _check_rejected(rejected, totals["files"], options.max_errors)
    listed = write_lists(rows, out, roots=roots, renamed=renamed, rejected=rejected)
    before, after = _decode_times(sample, options)
    done = document.model_copy(
        update={**totals, "rows": listed, "complete": True, "decode_ms_before": before, "decode_ms_after": after}
    )
    _write(out, done)
    return done


def _copies(rows: Rows, out: Path, roots: tuple[str, ...], options: PrepareOptions) -> Iterator[tuple[str, str, Copy]]:
    """Original, copy name and outcome of every picture, in order, with a bounded number under way."""
    threads = options.num_threads or cpu_limit().usable
    with ThreadPoolExecutor(threads, thread_name_prefix="datatool-prepare") as pool:
        under_way: deque[tuple[str, str, Future[Copy]]] = deque()
        pictures = _pictures(rows, roots)
        ahead = ReadAhead()

        def begin(count: int) -> None:
            for original, name in islice(pictures, count):
                [asked] = [original] if (out / name).exists() else ahead([original])
                under_way.append((original, name, pool.submit(make_copy, asked, out, name, options)))

        try:
            begin(max(threads * _AHEAD, IO_THREADS if any(map(is_url, roots)) else 0))
            while under_way:
                original, name, future = under_way.popleft()
                yield original, name, future.result()
                begin(1)
        finally:
            ahead.close()
            pool.shutdown(cancel_futures=True)


def _pictures(rows: Rows, roots: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Every picture once, with the name of its copy."""
    # What `..` leads to behind a link shows in the name alone, so SQL cannot tell images apart that are respelled.
    respelled = rows.may_be_respelled
    grouped = "path, root" if respelled else rows.identity
    sql = (
        "SELECT one.path, one.root FROM (SELECT min({root: root, path: path}) AS one FROM rows "  # noqa: S608 - ours
        f"GROUP BY {grouped}) ORDER BY one.root, one.path"
    )
    cursor = rows.read().cursor().execute(sql)
    seen: set[str] = set()
    while found := cursor.fetchmany(10_000):
        for path, root in found:
            name = copy_name(path, root, roots)
            if name not in seen:
                yield locate(root, path), name
            if respelled:
                seen.add(name)


def _open_folder(out: Path, *, short_side: int, quality: int) -> PrepareDocument:
    document = PrepareDocument(short_side=short_side, quality=quality, complete=False)
    file = out / SETTINGS_FILE
    if not out.exists() or not any(out.iterdir()):
        _write(out, document)
        return document
    if not file.is_file():
        raise ConfigError(f"the output folder must be new or an earlier run's; got '{out}'", hint="choose another -o")
    old = PrepareDocument.parse(_json(file), file=file)
    if not old.complete:
        for folder, _, _ in os.walk(out):
            remove_abandoned(Path(folder))
    if (old.short_side, old.quality) != (short_side, quality):
        raise ConfigError(
            f"a continued run must have its first settings, --short-side {old.short_side} --quality {old.quality}; "
            f"got {short_side} and {quality}",
            file=file,
            hint="choose another -o",
        )
    return document


def _json(file: Path) -> Any:
    import json

    try:
        return json.loads(file.read_bytes())
    except ValueError as error:
        raise ConfigError(f"{SETTINGS_FILE} must be JSON; got '{error}'", file=file) from None


def _write(out: Path, document: PrepareDocument) -> None:
    with atomic_file(out / SETTINGS_FILE) as temporary:
        temporary.write_text(document.to_json())


def _check_rejected(rejected: dict[str, str], total: int, max_errors: float) -> None:
    if len(rejected) > max_errors * total:
        name, reason = next(iter(rejected.items()))
        raise DatasetError(
            f"at most {max_errors:.1%} of the images may be unreadable; got {len(rejected):,} of {total:,}, "
            f"'{name}' first: {reason}",
            hint="see datatool audit --images, or raise --max-errors",
        )


def _decode_times(sample: list[tuple[str, str]], options: PrepareOptions) -> tuple[float | None, float | None]:
    """Mean CPU milliseconds to decode the originals and their copies."""
    times: list[tuple[float, float]] = []
    for pair in sample:
        try:
            first, second = (decode_seconds(path, options.short_side, max_pixels=options.max_pixels) for path in pair)
        except UnreadableError:  # gone meanwhile
            continue
        times.append((first, second))
    if not times:
        return None, None
    before, after = (round(1000 * sum(column) / len(times), 3) for column in zip(*times, strict=True))
    return before, after
