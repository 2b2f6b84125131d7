"""The tables of containers, found as reading them for the first time finds them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from datatool.progress import progress
from datatool.schemas import DatasetError, IndexDocument, IndexedContainer, sole_writer
from datatool.storage import container_of, load_table, members_of, tables_folder


def index_containers(paths: Sequence[str], /) -> IndexDocument:
    """Find every member of some tars, zips and manifests, and keep their tables for every command.

    Interrupted, it goes on behind the last table that was kept.

    Raises:
        DatasetError: If one is missing, damaged or no container.
        ConfigError: If another process does the same.
    """
    with sole_writer(tables_folder()), progress("finding members", total=len(paths), unit="containers") as advance:
        found = []
        for path in paths:
            found.append(_indexed(path))
            advance(1)
    return IndexDocument(
        containers=found,
        members=sum(each.members for each in found),
        bytes=sum(each.bytes for each in found),
        folder=str(tables_folder()),
        kept=sum(each.kept for each in found),
    )


def _indexed(path: str) -> IndexedContainer:
    try:
        kept = load_table(container_of(path)) is not None
        members = members_of(path, keep=True)
    except OSError as error:
        raise DatasetError(f"a container must be readable; got '{error.strerror}'", file=path) from None
    barred = Counter(f"members that are {reason}" for _, reason in members.barred)
    return IndexedContainer(
        path=path,
        format=members.format,
        members=len(members.names),
        bytes=int(members.length.sum()),
        kept=kept,
        notes={reason: count for reason, (count, _) in members.notes.items()} | barred,
    )
