"""Rows to files: each file under one name, links followed, however lists spell it."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from typing import Any, Final

from datatool.audit.images._endings import REASON, Endings
from datatool.schemas import SCHEMES, absolute_place, is_url
from datatool.storage import is_container, is_file

_BATCH: Final = 10_000  # files
_MAX_FOLDERS: Final = 100_000  # whose true names are held

# The rows with the file that each of them opens, as ``image``.
_WITH_FILES: Final = (
    "(SELECT r.*, f.file AS image FROM rows r JOIN image_files f ON f.path = r.path AND f.root = r.root::VARCHAR)"
)
# A path that no root is joined to.
_IS_PLACE: Final = (
    f"starts_with(path, '/') AND NOT regexp_matches(absolute, '^({'|'.join(SCHEMES)})') "
    f"OR regexp_matches(path, '^({'|'.join(SCHEMES)})')"
)


def list_files(connection: Any, /) -> list[str]:
    """Make the table ``image_files`` (root, path, file), a row for each root and path of ``rows``.

    Returns:
        The roots' true names.
    """
    roots = [root for (root,) in connection.execute("SELECT DISTINCT root::VARCHAR FROM rows").fetchall()]
    connection.execute("CREATE OR REPLACE TABLE image_roots (root VARCHAR, absolute VARCHAR, holds BOOLEAN)")
    absolute = [absolute_place(root) if is_url(root) else os.path.realpath(root).rstrip("/") for root in roots]
    if roots:
        holds = [
            is_container(root) if is_url(root) else is_file(root) for root in absolute
        ]  # names of a container's members are names, wherever they seem to lead
        connection.executemany(
            "INSERT INTO image_roots VALUES (?, ?, ?)", list(zip(roots, absolute, holds, strict=True))
        )
    connection.execute(
        "CREATE OR REPLACE TABLE spelled AS SELECT root, path, holds, "
        f"CASE WHEN ({_IS_PLACE}) AND NOT holds THEN path ELSE absolute || '/' || path END AS file "
        "FROM (SELECT DISTINCT root::VARCHAR AS root, path FROM rows) JOIN image_roots USING (root)"
    )
    _follow(connection)
    connection.execute(
        "CREATE OR REPLACE TABLE image_files AS SELECT root, path, coalesce(l.target, s.file) AS file "
        "FROM spelled s LEFT JOIN links l USING (file)"
    )
    _note_completed(connection)
    connection.execute("DROP TABLE spelled")
    return absolute


def _note_completed(connection: Any) -> None:
    """Count rows whose path was found with an ending as a remark on them (I109)."""
    connection.execute("DELETE FROM notes WHERE reason = ?", [REASON])
    connection.execute(
        "INSERT INTO notes SELECT 'I109', r.file::VARCHAR, min(r.line), arg_min(r.path, r.line), ?, count(*) "
        "FROM rows r JOIN spelled s ON r.path = s.path AND r.root::VARCHAR = s.root "
        "JOIN links l ON s.file = l.file WHERE l.is_completed GROUP BY r.file",
        [REASON],
    )


def rows_with_files(connection: Any, /) -> str | None:
    """SQL of the rows with the file that each opens, as ``image``; None where paths alone tell files apart."""
    [(links,)] = connection.execute("SELECT count(*) FROM links").fetchall()
    # The true names of linked roots stand in the files already, so that no file under them counts as a link.
    roots = connection.execute("SELECT root, absolute FROM image_roots").fetchall()
    return _WITH_FILES if links or any(absolute_place(root).rstrip("/") != true for root, true in roots) else None


def _follow(connection: Any) -> None:
    """Make the table ``links`` (file, target, is_completed) of the files whose true name is another."""
    import pyarrow as pa

    connection.execute("CREATE OR REPLACE TABLE links (file VARCHAR, target VARCHAR, is_completed BOOLEAN)")
    folders: dict[str, str] = {}
    endings = Endings()
    files = _distinct(connection)
    while some := list(itertools.islice(files, _BATCH)):
        whole = [(file, endings(file)) for file in some]
        named = [(file, true_name(ended or file, folders), ended is not None) for file, ended in whole]
        found = [link for link in named if link[0] != link[1]]
        if found:
            table = pa.table(list(zip(*found, strict=True)), names=["file", "target", "is_completed"])
            connection.register("followed", table)
            connection.execute("INSERT INTO links SELECT file, target, is_completed FROM followed")
            connection.unregister("followed")


def _distinct(connection: Any) -> Iterator[str]:
    cursor = connection.cursor()
    try:
        cursor.execute("SELECT DISTINCT file FROM spelled WHERE NOT holds")
        while rows := cursor.fetchmany(_BATCH):
            yield from (file for (file,) in rows)
    finally:
        cursor.close()


def true_name(file: str, folders: dict[str, str], /) -> str:
    """`os.path.realpath`, with the folders that were resolved before kept.

    What cannot be a file (an empty last part, a NUL) is left as it is.
    """
    if is_url(file):
        return file
    head, _, tail = file.rpartition("/")
    if tail in ("", ".", "..") or "\0" in file:
        return file
    if head not in folders:
        if len(folders) >= _MAX_FOLDERS:
            folders.clear()
        folders[head] = os.path.realpath(head or "/").rstrip("/")
    name = f"{folders[head]}/{tail}"
    return os.path.realpath(name) if os.path.islink(name) else name
