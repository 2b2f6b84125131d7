"""What a plain URL leads to: an object, or a member of a container, told by the container's ending."""

from __future__ import annotations

import errno
import os

from datatool.schemas import Span
from datatool.storage._locator import Locator
from datatool.storage._members import members_of
from datatool.storage.remote import member_ends


def remote_span(locator: Locator, /) -> Span | None:
    """The place of the member that a URL leads to; None where it leads through no container.

    Raises:
        FileNotFoundError: If there is no such member in it.
        DatasetError: If it is damaged, or no container.
        RemoteError: If its store refuses.
    """
    for end in member_ends(locator):
        try:
            members = members_of(str(locator)[:end])
        except FileNotFoundError:
            continue  # a prefix that is called so
        span = members.span(locator[end + 1 :])
        if span is None:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(locator))
        return span
    return None
