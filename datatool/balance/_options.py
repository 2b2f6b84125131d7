"""What `datatool balance` can be asked for besides a strategy."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from datatool.schemas import ConfigError

UNIQUE: Final = "unique"
COUNTS: Final = ("rows", UNIQUE)


@dataclass(frozen=True, kw_only=True)
class BalanceOptions:
    """Options of a plan, as the user writes them.

    Attributes:
        target: Draws of each class for `oversample`: `max`, `median` or a number.
        epoch_size: Draws of an epoch.
        shares: `CLASS[/SOURCE]=S`; `*/SOURCE=S` is the share of a source over all classes.
        max_repeat: Most draws of a row in an epoch.
        synthetic_share: Synthetic share of each class.
        synthetic_cap: Most synthetic draws for one real draw of the class.
        per_batch: (P, K).
        weights: `none`, `inverse`, `sqrt`, `effective:BETA`, or a CSV file.
        weight: `CLASS[/SOURCE]=W`, a factor on what `weights` says.
        accept: Codes whose advice is applied; W601 is the only one that has something to apply.
        count: `rows`, or `unique`: a picture counts once in its class, and its copies are left out.
        findings: Folder that `datatool audit --out` wrote; its unreadable images are left out.
        skip_faulty: Leave faulty rows out instead of stopping.
        allow_outside_root: Accept absolute paths and `..`.
        force: Balance even a list meant for evaluation.
        feedback: `eval.json` of a run with this data.
        before: `eval.json` of a run without the synthetic part.
    """

    target: str | None = None
    epoch_size: int | None = None
    shares: tuple[str, ...] = ()
    max_repeat: int | None = None
    synthetic_share: float | None = None
    synthetic_cap: float | None = None
    per_batch: tuple[int, int] | None = None
    weights: str = "none"
    weight: tuple[str, ...] = ()
    accept: tuple[str, ...] = ()
    count: str = "rows"
    findings: Path | None = None
    skip_faulty: bool = False
    allow_outside_root: bool = False
    force: bool = False
    feedback: Path | None = None
    before: Path | None = None

    def __post_init__(self) -> None:
        if self.count not in COUNTS:
            raise ConfigError(f"--count must be {' or '.join(COUNTS)}; got '{self.count}'")


DEFAULTS = BalanceOptions()
