"""`datatool prepare`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from datatool.cli._dataset import DatasetOptions
from datatool.cli._output import JsonOption, emit_json, say, show
from datatool.schemas import MAX_ERRORS, plural

if TYPE_CHECKING:
    from datatool.schemas import PrepareDocument


def prepare(
    short_side: Annotated[
        int, typer.Option(metavar="N", help="Pixels of the shorter side; smaller images are copied.")
    ],
    out: Annotated[Path, typer.Option("-o", "--out", metavar="DIR", help="New folder, or an earlier run's.")],
    given: DatasetOptions,
    quality: Annotated[int, typer.Option(help="JPEG quality, 1 to 100.")] = 90,
    threads: Annotated[int | None, typer.Option(help="Default: one per usable CPU.", show_default=False)] = None,
    max_errors: Annotated[float, typer.Option(help="Share of unreadable images that is accepted.")] = MAX_ERRORS,
    as_json: JsonOption = False,
) -> None:
    """Make shrunk copies of the images and lists that name them; interrupted, it goes on where it was."""
    from datatool.prepare import prepare
    from datatool.progress import progress

    data = given.read()
    with data.open() as rows:
        (total,) = rows.read().execute("SELECT count(*) FROM (SELECT DISTINCT root, path FROM rows)").fetchone()
        with progress("shrinking", total=total, unit="images") as advance:
            document = prepare(
                rows,
                short_side=short_side,
                out=out,
                quality=quality,
                num_threads=threads,
                max_errors=max_errors,
                on_copy=lambda: advance(1),
            )
    if as_json:
        emit_json(document)
    else:
        _render(document, out)


def _render(document: PrepareDocument, out: Path) -> None:
    show(
        f"{plural(document.files, 'image')}: {document.shrunk:,} shrunk to a short side of {document.short_side}, "
        f"{document.copied:,} copied, {document.kept:,} kept from before, {document.rejected:,} unreadable"
    )
    before, after = document.bytes_before, document.bytes_after
    share = 0 if before == 0 else 1 - after / before
    show(f"{before / 1e6:,.1f} MB became {after / 1e6:,.1f} MB ({share:.0%} saved)")
    if document.decode_ms_before and document.decode_ms_after is not None:
        show(
            f"decoding one image takes {document.decode_ms_after:.2f} ms instead of {document.decode_ms_before:.2f} ms"
            " of CPU (a sample, as the loader decodes)"
        )
    if document.rejected:
        say(f"{document.rejected:,} unreadable images are named in {out / 'rejected.tsv'} and left out of the lists")
    show(f"{plural(document.rows, 'row')} in {out / 'dataset.yaml'}")
