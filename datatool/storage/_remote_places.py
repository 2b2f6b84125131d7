"""What a plain URL leads to: an object, or a member of a container or a row of a table, told by their endings."""

from __future__ import annotations

import errno
import os

from datatool.schemas import Span
from datatool.storage._locator import Locator
from datatool.storage._members import container_of, is_container, members_of
from datatool.storage._remote_tables import row_span
from datatool.storage.remote import is_table_name, member_ends


def remote_span(locator: Locator, /) -> Span | None:
    """The place of the member or row that a URL leads to; None where it leads through no container and no table.

    Raises:
        FileNotFoundError: If there is no such member or row in it.
        DatasetError: If it is damaged, or no container.
        RemoteError: If its store refuses.
    """
    for end in member_ends(locator):
        url, name = str(locator)[:end], locator[end + 1 :]
        try:
            span = _span_in(url, name)
        except FileNotFoundError:
            continue  # a prefix that is called so
        if span is None:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(locator))
        return span
    return None


def _span_in(url: str, name: str) -> Span | None:
    if is_table_name(url) and not is_container(url):
        return row_span(container_of(url), name)
    return members_of(url).span(name)
