"""What a caller may say about advice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from datatool.advise._objective import BALANCED
from datatool.advise._ways import DEFAULT_WAYS

MIN_ROWS: Final = 5  # real rows of a class whose recall is told


@dataclass(frozen=True, kw_only=True)
class AdviseOptions:
    """Settings of advice.

    Attributes:
        objective: As `--for` has it: balanced, top1 or deploy:FILE.
        strategies: Ways that are trained beside natural.
        parent: A pattern on paths of synthetic rows; its first group is the parent.
        seed: Of folds, order and first weights.
        skip_faulty: Leave rows with E1xx to E3xx findings out.
        allow_outside_root: Accept absolute paths and `..`.
    """

    objective: str = BALANCED
    strategies: tuple[str, ...] = DEFAULT_WAYS
    parent: str | None = None
    seed: int = 0
    skip_faulty: bool = False
    allow_outside_root: bool = False


DEFAULTS: Final = AdviseOptions()
