"""The tables of containers, found as reading them for the first time finds them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Sequence
from contextlib import closing

from datatool.audit.images import THREADS, open_engine
from datatool.progress import progress
from datatool.schemas import DatasetError, DatatoolError, IndexDocument, IndexedContainer, sole_writer
from datatool.storage import Members, container_of, keep_members, load_table, members_of, tables_folder


def index_containers(paths: Sequence[str], /, *, engine: str | None = None) -> IndexDocument:
    """Find every member of some tars, zips and manifests, and keep their tables for every command.

    Interrupted, it goes on behind the last table that was kept.

    Args:
        paths: Of the containers.
        engine: `ray` or `ray:ADDRESS` spreads them over a cluster, a container a task; None is this process.

    Raises:
        DatasetError: If one is missing, damaged or no container.
        ConfigError: If another process does the same.
    """
    with sole_writer(tables_folder()), progress("finding members", total=len(paths), unit="containers") as advance:
        kept = list(map(_is_kept, paths))
        new = [path for path, is_kept in zip(paths, kept, strict=True) if not is_kept]
        found = []
        with closing(_each(new, engine)) as spread:
            for path, is_kept in zip(paths, kept, strict=True):
                found.append(_described(path, table_of(path) if is_kept else next(spread), is_kept=is_kept))
                advance(1)
    return IndexDocument(
        containers=found,
        members=sum(each.members for each in found),
        bytes=sum(each.bytes for each in found),
        folder=str(tables_folder()),
        kept=sum(each.kept for each in found),
    )


def table_of(path: str, /) -> Members | DatatoolError:
    """The table of a container, or why there is none: a task for the workers of a cluster."""
    try:
        return members_of(path)
    except OSError as error:
        return _unreadable(path, error)
    except DatatoolError as error:  # given back: raised, it would come with the worker's trace
        return error


def _is_kept(path: str) -> bool:
    try:
        return load_table(container_of(path)) is not None
    except OSError as error:
        raise _unreadable(path, error) from None


def _each(paths: Sequence[str], engine: str | None) -> Generator[Members | DatatoolError, None, None]:
    if engine is None or engine == THREADS or not paths:
        yield from map(table_of, paths)
    else:
        yield from open_engine(engine).map(table_of, paths)


def _described(path: str, members: Members | DatatoolError, *, is_kept: bool) -> IndexedContainer:
    if isinstance(members, DatatoolError):
        raise members
    if not is_kept:
        keep_members(members)
    barred = Counter(f"members that are {reason}" for _, reason in members.barred)
    return IndexedContainer(
        path=path,
        format=members.format,
        members=len(members.names),
        bytes=int(members.length.sum()),
        kept=is_kept,
        notes={reason: count for reason, (count, _) in members.notes.items()} | barred,
    )


def _unreadable(path: str, error: OSError) -> DatasetError:
    return DatasetError(f"a container must be readable; got '{error.strerror}'", file=path)
