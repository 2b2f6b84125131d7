"""Checks, one per file, or one family of codes that come from one query.

A further check is its file, its test, and its import and line here; `make docs` then writes its part of docs/audit.md.
"""

from __future__ import annotations

from typing import Final

from datatool.audit._check import Check
from datatool.audit.checks._all_synthetic import ALL_SYNTHETIC_CLASS
from datatool.audit.checks._class_num_large import CLASS_NUM_LARGER
from datatool.audit.checks._class_num_small import CLASS_NUM_TOO_SMALL
from datatool.audit.checks._conflict import CONFLICTING_LABEL
from datatool.audit.checks._content_conflict import CONTENT_CONFLICT
from datatool.audit.checks._damaged import DAMAGED_IMAGE
from datatool.audit.checks._drift import DRIFT
from datatool.audit.checks._duplicate import DUPLICATE_ROW
from datatool.audit.checks._empty import EMPTY_LIST
from datatool.audit.checks._extra_column import EXTRA_COLUMN
from datatool.audit.checks._group_leak import GROUP_LEAK
from datatool.audit.checks._ids_gaps import IDS_HAVE_GAPS
from datatool.audit.checks._ids_start import IDS_START_ABOVE_ZERO
from datatool.audit.checks._imbalance import IMBALANCE
from datatool.audit.checks._labels_are_names import LABELS_ARE_NAMES
from datatool.audit.checks._large_classifier import LARGE_CLASSIFIER
from datatool.audit.checks._leak import LEAK
from datatool.audit.checks._leak_pixels import LEAK_PIXELS
from datatool.audit.checks._line_faults import LINE_FAULTS
from datatool.audit.checks._look_alike import LOOK_ALIKE_CLASSES
from datatool.audit.checks._missing_file import MISSING_FILE
from datatool.audit.checks._missing_value import MISSING_VALUE_CLASS
from datatool.audit.checks._names_do_not_fit import NAMES_DO_NOT_FIT
from datatool.audit.checks._near_duplicate import NEAR_DUPLICATE
from datatool.audit.checks._not_utf8_text import NOT_UTF8_TEXT
from datatool.audit.checks._numeric_names import NUMERIC_NAMES
from datatool.audit.checks._outside import PATH_OUTSIDE_ROOT
from datatool.audit.checks._same_content import SAME_CONTENT
from datatool.audit.checks._skipped_files import SKIPPED_FILES
from datatool.audit.checks._suspects import SUSPECTS
from datatool.audit.checks._swollen import SWOLLEN_BY_SYNTHETIC
from datatool.audit.checks._synthetic_eval import SYNTHETIC_IN_EVAL
from datatool.audit.checks._tail import TAIL_CLASSES
from datatool.audit.checks._too_large import IMAGE_TOO_LARGE
from datatool.audit.checks._unknown_split import UNKNOWN_SPLIT
from datatool.audit.checks._unreadable import UNREADABLE_IMAGE
from datatool.audit.checks._untidy import UNTIDY
from datatool.audit.checks._unverifiable import ALL_SYNTHETIC_UNVERIFIABLE
from datatool.audit.checks._without_images import CLASS_WITHOUT_IMAGES
from datatool.audit.checks._without_train import CLASS_WITHOUT_TRAIN
from datatool.audit.checks._wrong_extension import WRONG_EXTENSION
from datatool.schemas import ConfigError, nearest

_ALL: Final = (
    *LINE_FAULTS,
    EMPTY_LIST,
    LABELS_ARE_NAMES,
    PATH_OUTSIDE_ROOT,
    UNTIDY,
    EXTRA_COLUMN,
    NOT_UTF8_TEXT,
    UNKNOWN_SPLIT,
    IDS_START_ABOVE_ZERO,
    IDS_HAVE_GAPS,
    CLASS_NUM_TOO_SMALL,
    CLASS_NUM_LARGER,
    LARGE_CLASSIFIER,
    NAMES_DO_NOT_FIT,
    NUMERIC_NAMES,
    LOOK_ALIKE_CLASSES,
    MISSING_VALUE_CLASS,
    CLASS_WITHOUT_IMAGES,
    SKIPPED_FILES,
    CONFLICTING_LABEL,
    DUPLICATE_ROW,
    MISSING_FILE,
    UNREADABLE_IMAGE,
    DAMAGED_IMAGE,
    WRONG_EXTENSION,
    IMAGE_TOO_LARGE,
    LEAK,
    LEAK_PIXELS,
    NEAR_DUPLICATE,
    CONTENT_CONFLICT,
    SAME_CONTENT,
    CLASS_WITHOUT_TRAIN,
    GROUP_LEAK,
    SWOLLEN_BY_SYNTHETIC,
    ALL_SYNTHETIC_CLASS,
    ALL_SYNTHETIC_UNVERIFIABLE,
    SYNTHETIC_IN_EVAL,
    IMBALANCE,
    TAIL_CLASSES,
    *SUSPECTS,
    DRIFT,
)
CHECKS: Final[dict[str, Check]] = {check.code: check for check in sorted(_ALL, key=lambda check: check.code[1:])}
"""By code, in the order of their numbers."""


def check_named(code: str, /, *, option: str) -> Check:
    """The check of a code that a user gave.

    Args:
        code: What was given.
        option: Where it was given, for the message.

    Raises:
        ConfigError: If there is no such code.
    """
    if code not in CHECKS:
        near = nearest(code, CHECKS)
        hint = f"codes are {', '.join(CHECKS)}" if near is None else f"did you mean {near}?"
        raise ConfigError(f"{option} must name a finding code; got '{code}'", hint=hint)
    return CHECKS[code]


__all__ = ["CHECKS", "check_named"]
