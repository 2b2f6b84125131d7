"""What a page was made by, and when."""

from __future__ import annotations

import os
import time
from typing import Final

_EPOCH: Final = "SOURCE_DATE_EPOCH"  # reproducible-builds.org: seconds that stand for now


def today() -> str:
    """The date, so that a page made again on the same day is the same; `SOURCE_DATE_EPOCH` settles it altogether."""
    given = os.environ.get(_EPOCH, "")
    moment = time.gmtime(int(given)) if given.isdecimal() else time.localtime()
    return time.strftime("%Y-%m-%d", moment)


def version() -> str:
    """Of this package."""
    from datatool import __version__  # inside: the front door stands above this room

    return __version__
