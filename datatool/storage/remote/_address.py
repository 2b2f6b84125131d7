"""A URL as a store and a key in it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Final, NamedTuple
from urllib.parse import unquote

from datatool.schemas import check_url

_ENDINGS: Final = (".tar", ".zip")
_TABLES: Final = (".arrow", ".feather", ".parquet")  # of manifests of packs, and of tables that may hold images


class Address(NamedTuple):
    """An object.

    Attributes:
        store: Scheme and bucket, container or host, such as ``s3://bucket``.
        key: Of the object, without a slash at its front.
    """

    store: str
    key: str


@lru_cache(maxsize=4096)  # shards are asked for again and again
def address_of(url: str, /) -> Address:
    """The parts of a URL. Keys of buckets stand as they are; the path of an HTTP URL is percent-encoded.

    Raises:
        DatasetError: If it carries a secret, or names no bucket or host.

    >>> address_of("s3://bucket/a b#1.jpg"), address_of("https://host/a%20b.jpg")
    (Address(store='s3://bucket', key='a b#1.jpg'), Address(store='https://host', key='a b.jpg'))
    """
    check_url(url)
    scheme, _, rest = url.partition("://")
    host, _, key = rest.partition("/")
    return Address(f"{scheme}://{host}", unquote(key) if scheme.startswith("http") else key)


def is_container_name(url: str, /) -> bool:
    """Whether an object is named as tars and zips are: of an object the name alone tells, without a request.

    >>> is_container_name("s3://bucket/train-000.tar"), is_container_name("s3://bucket/a.jpg")
    (True, False)
    """
    return url.lower().endswith(_ENDINGS)


def is_table_name(url: str, /) -> bool:
    """Whether an object is named as tables are whose rows may be read in place.

    >>> is_table_name("s3://bucket/a.parquet"), is_table_name("s3://bucket/a.tar")
    (True, False)
    """
    return url.lower().endswith(_TABLES)


def member_ends(url: str, /) -> Iterator[int]:
    """Where the name of a container or table that a name leads through may end, the shortest first.

    >>> list(member_ends("s3://bucket/a.tar/b.jpg"))
    [17]
    """
    text = url.lower()
    yield from sorted(
        at + len(ending)
        for ending in (*_ENDINGS, *_TABLES)
        for at in range(len(text))
        if text.startswith(f"{ending}/", at)
    )
