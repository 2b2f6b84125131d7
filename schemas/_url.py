"""Places that are URLs: told apart, joined and compared as texts, since `pathlib` would fold their slashes."""

from __future__ import annotations

import os
from typing import Final

from datatool.schemas._errors import ConfigError, DatasetError

SCHEMES: Final = ("s3://", "gs://", "az://", "https://", "http://")

_ON_THIS_MACHINE: Final = (
    "copy it with the store's own tool; data sets and plans are read from a bucket, pack and balance write to one"
)


def is_url(place: object, /) -> bool:
    """Whether a place is named by a URL that datatool reads.

    >>> is_url("s3://bucket/a.jpg"), is_url("images/a.jpg")
    (True, False)
    """
    return str(place).startswith(SCHEMES)


def check_local(place: str | os.PathLike[str], /, *, what: str = "the output") -> None:
    """Refuse a URL, and a path that was one: `s3://bucket/a` becomes the folder `s3:/bucket/a` of this machine.

    Raises:
        ConfigError: If it is one.
    """
    scheme, mark, rest = os.fspath(place).partition(":/")
    url = f"{scheme}://{rest.removeprefix('/')}"
    if mark and is_url(url):
        raise ConfigError(f"{what} must be a place on this machine; got '{url}'", hint=_ON_THIS_MACHINE)


def join_place(folder: str | os.PathLike[str], name: str, /) -> str:
    """A name as seen from a folder; a URL, and a path from the root of a disk, stay as they are.

    >>> join_place("s3://bucket/data/", "./l.txt"), join_place("data", "s3://bucket/l.txt"), join_place("data", "l.txt")
    ('s3://bucket/data/l.txt', 's3://bucket/l.txt', 'data/l.txt')
    """
    if is_url(name):
        return name
    if not is_url(folder):
        return os.path.join(folder, name)
    while name.startswith("./"):
        name = name[2:]
    return f"{str(folder).rstrip('/')}/{name}"


def parent_place(place: str, /) -> str:
    """The folder that a file lies in; of what lies at the top of a bucket, the bucket.

    >>> parent_place("s3://bucket/data/l.txt"), parent_place("s3://bucket"), parent_place("data/l.txt")
    ('s3://bucket/data', 's3://bucket', 'data')
    """
    if not is_url(place):
        return os.path.dirname(place)
    scheme, _, rest = place.partition("://")
    above = rest.rstrip("/").rpartition("/")[0]
    return f"{scheme}://{above}" if above else place


def absolute_place(place: str, /) -> str:
    """`os.path.abspath` of a path; a URL without the slashes at its end."""
    return place.rstrip("/") if is_url(place) else os.path.abspath(place)


def check_url(place: str, /, *, file: object = None, line: int | None = None) -> None:
    """Refuse a URL that carries a secret, since URLs are written into plans and lists, or that names nothing.

    Raises:
        DatasetError: Without the secret.
    """
    scheme, _, rest = place.partition("://")
    host = rest.partition("/")[0]
    shown = f"{scheme}://{host.rpartition('@')[2]}/..."
    if "@" in host:
        raise DatasetError(
            f"a URL must hold no user and no password, which would be written into plans and messages; got '{shown}'",
            file=file,
            line=line,
            hint="give credentials as the cloud's own tools take them, in the environment",
        )
    if scheme in ("https", "http") and ("?" in rest or "#" in rest):
        raise DatasetError(
            f"a URL must have no query, which may be a signature and would be written into plans; got '{shown}'",
            file=file,
            line=line,
            hint="name the object by s3://, gs:// or az://, and give credentials in the environment",
        )
    if not host:
        what = "host" if scheme in ("https", "http") else "bucket"
        raise DatasetError(f"a URL must name its {what}; got '{place}'", file=file, line=line)
