"""Where an image lies."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from datatool.schemas import is_url, join_place

if TYPE_CHECKING:
    from datatool.schemas import Container, IndexRows, Span

Locator = str
"""Of a file or an object: its root and its path, joined. Of a member of a container: the container, a slash and the
member's name, either as a plain text, which is looked up in the container's table, or as a `Member`, which knows its
place."""


class Member(str):
    """The locator of a member with the place of its bytes; in every other way the text that it is."""

    __slots__ = ("span",)
    span: Span

    def __new__(cls, text: str, span: Span, /) -> Member:
        """A locator of the member at a place."""
        made = super().__new__(cls, text)
        made.span = span
        return made

    def __reduce__(self) -> tuple[type[Member], tuple[str, Span]]:
        return Member, (str(self), self.span)


def locate(root: str | os.PathLike[str], path: str, /) -> Locator:
    """The locator of a path as a list has it; an absolute one stays as it is, but for a member's name.

    >>> locate("images", "cat/1.jpg"), locate("images", "/data/1.jpg")
    ('images/cat/1.jpg', '/data/1.jpg')
    >>> locate("s3://bucket/images", "cat/1.jpg"), locate("images", "s3://bucket/1.jpg")
    ('s3://bucket/images/cat/1.jpg', 's3://bucket/1.jpg')
    """
    if is_url(root) or is_url(path):
        return join_place(root, path)
    if path.startswith("/") and os.path.isfile(root):
        return f"{os.fspath(root)}/{path}"
    return os.path.join(root, path)


def locate_all(roots: Sequence[str], paths: Sequence[str], /) -> list[Locator]:
    """`locate` for each root with its path; both have the same length."""
    return [locate(root, path) for root, path in zip(roots, paths, strict=True)]


def locate_rows(rows: IndexRows, /, *, root: str | os.PathLike[str] | None = None) -> list[Locator]:
    """The locators of rows of a plan.

    Args:
        rows: From `Plan.rows`.
        root: A folder to look in instead: paths are joined to it, and containers are looked for by their names.
    """
    roots = rows.root if root is None else [os.fspath(root)] * len(rows.path)
    return [
        join_place(where, path) if span is None else _member(where, path, span, root)
        for where, path, span in zip(roots, rows.path, rows.span, strict=True)
    ]


def moved(container: Container, root: str | os.PathLike[str] | None, /) -> Container:
    """A container of a plan where another root has it."""
    if root is None:
        return container
    return container._replace(path=join_place(root, container.path.rpartition("/")[2]))


def _member(where: str, path: str, span: Span, root: str | os.PathLike[str] | None) -> Member:
    if root is None:
        return Member(f"{where}/{path}", span)
    container = moved(span.container, root)
    inside = where.removeprefix(span.container.path) if where.startswith(f"{span.container.path}/") else ""
    return Member(f"{container.path}{inside}/{path}", span._replace(container=container))
