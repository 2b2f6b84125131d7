"""What the library logs, as talk on standard error."""

from __future__ import annotations

import logging

from datatool.cli._output import say


class _Talk(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        say(record.getMessage())


def talk(name: str, /, *, level: int = logging.INFO) -> None:
    """Show what a logger of the library says from ``level`` up; twice is once."""
    logger = logging.getLogger(name)
    logger.setLevel(level)
    logger.propagate = False  # Paddle gives the root logger a handler of its own
    if not any(isinstance(handler, _Talk) for handler in logger.handlers):
        logger.addHandler(_Talk())
