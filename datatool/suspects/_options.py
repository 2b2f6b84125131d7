"""What a caller may say about suspects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from datatool.rows import NO_GROUPS, Grouping

# Of the label recipe: a class under 20 rows has no rejects, under 5 it is not judged at all.
MIN_JUDGED: Final = 5
MIN_ACCUSED: Final = 20
MAX_OF_CLASS: Final = 0.2
LEAST_FOUND: Final = 0.2  # of planted labels in the first 10 % of the ranking; below it the ranking is chance-like
NEAR: Final = 0.98  # raw cosine of two pictures that are nearly the same
MAX_PAIRED: Final = 50_000  # rows that are all compared with all: 2 n^2 D operations


@dataclass(frozen=True, kw_only=True)
class SuspectsOptions:
    """Settings of the search.

    Attributes:
        seed: Of folds and planted labels.
        max_review: Pictures on the review page.
        grouping: Rows of one group stay in one fold.
        engine: Where features are computed: None is this process; `ray`, or `ray:ADDRESS`.
    """

    seed: int = 0
    max_review: int = 5_000
    grouping: Grouping = NO_GROUPS
    engine: str | None = None


DEFAULTS: Final = SuspectsOptions()
