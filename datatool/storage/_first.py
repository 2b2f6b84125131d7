"""Whether images are where a list says, asked before anything long begins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from datatool.storage._door import exists
from datatool.storage._locator import Locator

NUM_FIRST: Final = 100  # enough that a few lost files stop nobody, and few enough for a slow network disk


def missing_first(locators: Sequence[Locator], /) -> Sequence[Locator]:
    """The first `NUM_FIRST` locators if there are any and none of them exists, else nothing."""
    first = locators[:NUM_FIRST]
    return () if any(map(exists, first)) else first
