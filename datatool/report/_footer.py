"""What a page was made by, and when."""

from __future__ import annotations

import os
import time
from typing import Final

from datatool.schemas import whole_number

_EPOCH: Final = "SOURCE_DATE_EPOCH"  # reproducible-builds.org: seconds that stand for now
_LAST: Final = 253_402_300_799  # of the year 9999; a calendar of four digits knows none later


def today() -> str:
    """The date, so that a page made again on the same day is the same; `SOURCE_DATE_EPOCH` settles it altogether."""
    given = whole_number(os.environ.get(_EPOCH, ""))
    moment = time.localtime() if given is None or given > _LAST else time.gmtime(given)
    return time.strftime("%Y-%m-%d", moment)


def version() -> str:
    """Of this package."""
    from datatool import __version__  # inside: the front door stands above this room

    return __version__
