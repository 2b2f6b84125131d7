"""What a `split` column says."""

from __future__ import annotations

from typing import Final

from datatool.schemas import EVAL_SPLITS, TRAIN

SPLITS: Final = (TRAIN, *EVAL_SPLITS)
_VAL, _TEST = EVAL_SPLITS
_VALUES: Final = {
    **dict.fromkeys(("train", "training"), TRAIN),
    **dict.fromkeys(("val", "valid", "validation", "dev"), _VAL),
    **dict.fromkeys(("test", "testing"), _TEST),
}


def split_of(value: str, /) -> str | None:
    """The split that a value means, case aside; None for any other value.

    >>> split_of("Validation"), split_of("fold 3")
    ('val', None)
    """
    return _VALUES.get(value.strip().lower())


def unknown_split(value: str, /) -> str:
    """Why a row with another value is left out."""
    return f"split '{value[:40]}' is none of train, val and test" if value.strip() else "the split is empty"
