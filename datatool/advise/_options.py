"""What a caller may say about advice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from datatool.advise._objective import BALANCED
from datatool.rows import NO_GROUPS, Grouping

MIN_ROWS: Final = 5  # real rows of a class whose recall is told


@dataclass(frozen=True, kw_only=True)
class AdviseOptions:
    """Settings of advice.

    Attributes:
        objective: As `--for` has it: balanced, top1 or deploy:FILE.
        strategies: Ways that are trained beside natural; None is all of the default, on a large set two.
        parent: A pattern on paths of synthetic rows; its first group is the parent.
        seed: Of folds, order and first weights.
        skip_faulty: Leave rows with E1xx to E3xx findings out.
        allow_outside_root: Accept absolute paths and `..`.
        grouping: Rows of one group stay in one fold.
        engine: Where features are computed: None is this process; `ray`, or `ray:ADDRESS`.
    """

    objective: str = BALANCED
    strategies: tuple[str, ...] | None = None
    parent: str | None = None
    seed: int = 0
    skip_faulty: bool = False
    allow_outside_root: bool = False
    grouping: Grouping = NO_GROUPS
    engine: str | None = None


DEFAULTS: Final = AdviseOptions()
