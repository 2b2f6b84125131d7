"""`datatool index`."""

from __future__ import annotations

from typing import Annotated

import typer

from datatool.cli._output import JsonOption, emit_json, say, show
from datatool.schemas import plural


def index(
    containers: Annotated[
        list[str], typer.Argument(metavar="SHARD...", help="Tars, zips and manifests of packs; patterns too.")
    ],
    engine: Annotated[
        str | None,
        typer.Option("--engine", help="Where shards are read: threads, ray or ray:ADDRESS.", show_default="threads"),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Find every member of shards, keep their tables for every command, and say what is in them."""
    from datatool.pack import index_containers
    from datatool.rows import expanded

    document = index_containers([path for each in containers for path in expanded(each)], engine=engine)
    if as_json:
        emit_json(document)
        return
    for each in document.containers:
        notes = "".join(f"; {count:,} {reason}" for reason, count in each.notes.items())
        show(f"{each.path}: {each.format}, {plural(each.members, 'member')}, {each.bytes / 1e6:,.1f} MB{notes}")
    number = plural(len(document.containers), "container")
    show(f"{plural(document.members, 'member')} in {number}, {document.bytes / 1e6:,.1f} MB")
    say(f"tables in {document.folder}, {document.kept:,} of them from an earlier run")
