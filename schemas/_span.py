"""The place of an image's bytes inside a file that holds many."""

from __future__ import annotations

from typing import NamedTuple


class Container(NamedTuple):
    """A file or object that holds images, as it was when their places were found."""

    path: str  # or URL
    size: int  # bytes
    mtime: int  # nanoseconds
    etag: str = ""  # of an object, where its store gives one


class Span(NamedTuple):
    """The bytes of a member in its container."""

    container: Container
    offset: int  # bytes from the beginning
    length: int  # bytes
