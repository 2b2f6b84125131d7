"""`datatool pack`."""

from __future__ import annotations

import functools
import shlex
from typing import TYPE_CHECKING, Annotated

import typer

from datatool.cli._dataset import DatasetOptions
from datatool.cli._output import JsonOption, emit_json, say, show
from datatool.schemas import MAX_ERRORS, join_place, plural

if TYPE_CHECKING:
    from datatool.schemas import PackDocument


def pack(
    out: Annotated[
        str,
        typer.Option("-o", "--out", metavar="DIR|URL", help="New folder or place on a bucket, or an earlier run's."),
    ],
    given: DatasetOptions,
    shard_bytes: Annotated[str, typer.Option(metavar="SIZE", help="Of a shard, such as 512MiB.")] = "512MiB",
    short_side: Annotated[
        int | None,
        typer.Option(metavar="N", help="Shrink larger images to this shorter side; their bytes are then others."),
    ] = None,
    quality: Annotated[int, typer.Option(help="JPEG quality of shrunk images, 1 to 100.")] = 90,
    seed: Annotated[int, typer.Option(help="Of the order of images in shards.")] = 0,
    threads: Annotated[
        int | None, typer.Option(help="That read; default: two per usable CPU.", show_default=False)
    ] = None,
    max_errors: Annotated[float, typer.Option(help="Share of unreadable images that is accepted.")] = MAX_ERRORS,
    engine: Annotated[
        str | None,
        typer.Option("--engine", help="Where shards are made: threads, ray or ray:ADDRESS.", show_default="threads"),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Write the images into tar shards that keep rows, order and plans; interrupted, it goes on where it was."""
    from datatool.pack import PackOptions, check_seen_by_all, pack, parse_bytes, unpacked, working_folder
    from datatool.progress import progress
    from datatool.rows import open_rows, resolve

    options = PackOptions(
        shard_bytes=parse_bytes(shard_bytes),
        short_side=short_side,
        quality=quality,
        seed=seed,
        num_threads=threads,
        max_errors=max_errors,
    )
    with working_folder(out) as folder:
        resolved = resolve(
            given.dataset,
            splits=given.splits(),
            root=given.root,
            names=given.names,
            synthetic=given.synthetic or (),
            columns=given.columns(),
            unpack=functools.partial(unpacked, folder=folder),
        )
        check_seen_by_all(resolved, folder, engine)
        with open_rows(resolved) as rows:
            for sentence in rows.stated:
                say(sentence)
            (total,) = rows.read().execute("SELECT count(*) FROM (SELECT DISTINCT root, path FROM rows)").fetchone()
            with progress("packing", total=total, unit="images") as advance:
                document = pack(rows, out=out, options=options, engine=engine, on_image=lambda: advance(1))
    if as_json:
        emit_json(document)
    else:
        _render(document, out)


def _render(document: PackDocument, out: str) -> None:
    images, shards = plural(document.images, "image"), plural(document.shards, "shard")
    kept = f", {document.kept:,} of them packed before" if document.kept else ""
    show(f"{images} in {shards}, {document.bytes / 1e6:,.1f} MB{kept}")
    if document.left_out:
        say(
            f"left out of the lists, and named in {join_place(out, 'rejected.tsv')}: {plural(document.left_out, 'row')}"
        )
    rows, listed = plural(document.rows, "row"), join_place(out, "dataset.yaml")
    show(f"{rows} in {listed}; go on with datatool balance {shlex.quote(out)} --strategy oversample")
