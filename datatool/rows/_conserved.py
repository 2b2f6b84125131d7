"""Rows neither vanish nor multiply on their way through a command."""

from __future__ import annotations


def require_conserved(*, read: int, written: int, left_out: int = 0) -> None:
    """Refuse to put in place what does not hold every row that was read, or its place among what was left out.

    Raises:
        RuntimeError: If the numbers do not add up: a fault of datatool, whatever the data set is.
    """
    if read != written + left_out:
        raise RuntimeError(
            f"rows must be written or named as left out, each once; got {read:,} read, {written:,} written and "
            f"{left_out:,} left out"
        )
