"""Talk of a run: the logger that `datatool train` shows on standard error."""

from __future__ import annotations

import logging
from typing import Final

LOGGER: Final = logging.getLogger("datatool.training")


def log(sentence: str, /) -> None:
    """Say one sentence."""
    LOGGER.info("%s", sentence)
