"""The tables of containers, found as reading them for the first time finds them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from datatool.progress import progress
from datatool.schemas import DatasetError, IndexDocument, IndexedContainer
from datatool.storage import members_of


def index_containers(paths: Sequence[str], /) -> IndexDocument:
    """Find every member of some tars, zips and manifests.

    Raises:
        DatasetError: If one is missing, damaged or no container.
    """
    with progress("finding members", total=len(paths), unit="containers") as advance:
        found = []
        for path in paths:
            found.append(_indexed(path))
            advance(1)
    return IndexDocument(
        containers=found, members=sum(each.members for each in found), bytes=sum(each.bytes for each in found)
    )


def _indexed(path: str) -> IndexedContainer:
    try:
        members = members_of(path)
    except OSError as error:
        raise DatasetError(f"a container must be readable; got '{error.strerror}'", file=path) from None
    barred = Counter(f"members that are {reason}" for _, reason in members.barred)
    return IndexedContainer(
        path=path,
        format=members.format,
        members=len(members.names),
        bytes=int(members.length.sum()),
        notes={reason: count for reason, (count, _) in members.notes.items()} | barred,
    )
