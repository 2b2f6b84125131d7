"""What a plan asks for besides its strategy."""

from __future__ import annotations

from dataclasses import dataclass

from datatool.schemas import ConfigError


@dataclass(frozen=True, kw_only=True)
class Share:
    """A fixed share of the epoch.

    Attributes:
        label: Class id; None for every class together.
        source: Source; None for every source together.
        share: In [0, 1].
    """

    label: int | None
    source: str | None
    share: float

    def __post_init__(self) -> None:
        if not 0 <= self.share <= 1:
            raise ConfigError(f"the share of {self} must lie in [0, 1]; got {self.share:g}")

    def __str__(self) -> str:
        label = "*" if self.label is None else str(self.label)
        return label if self.source is None else f"{label}/{self.source}"


@dataclass(frozen=True, kw_only=True)
class Modifiers:
    """Limits and fixed parts of an epoch; None leaves a thing to the strategy.

    Attributes:
        epoch_size: Draws of an epoch.
        shares: Fixed shares.
        max_repeat: Most draws of a row in an epoch.
        synthetic_share: Synthetic share of the draws of each class.
        synthetic_cap: Most synthetic draws for one other draw of the class.
        per_batch: (P, K): P classes of K images in each batch.
    """

    epoch_size: int | None = None
    shares: tuple[Share, ...] = ()
    max_repeat: int | None = None
    synthetic_share: float | None = None
    synthetic_cap: float | None = None
    per_batch: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        self._check_ranges()
        self._check_together()

    def _check_ranges(self) -> None:
        if self.epoch_size is not None and self.epoch_size < 1:
            raise ConfigError(f"the epoch size must be at least 1; got {self.epoch_size}")
        if self.max_repeat is not None and self.max_repeat < 1:
            raise ConfigError(f"max-repeat must be at least 1; got {self.max_repeat}")
        if self.synthetic_share is not None and not 0 <= self.synthetic_share <= 1:
            raise ConfigError(f"the synthetic share must lie in [0, 1]; got {self.synthetic_share:g}")
        if self.synthetic_cap is not None and not 0 <= self.synthetic_cap < float("inf"):
            raise ConfigError(f"the synthetic cap must be at least 0 and finite; got {self.synthetic_cap:g}")
        if self.per_batch is not None and min(self.per_batch) < 1:
            raise ConfigError(f"per-batch must be P:K, both at least 1; got {self.per_batch[0]}:{self.per_batch[1]}")

    def _check_together(self) -> None:
        share, cap = self.synthetic_share, self.synthetic_cap
        if share is not None and cap is not None and share > cap / (1 + cap) + 1e-12:
            raise ConfigError(
                f"a synthetic cap of {cap:g} must allow the synthetic share; "
                f"it allows {cap / (1 + cap):.3g}, got {share:g}"
            )
        if share is not None and any(one.label is None for one in self.shares):
            raise ConfigError("a synthetic share in each class must not meet a share of a source over all classes")

    @property
    def unit(self) -> int:
        """Quotas are multiples of it."""
        return 1 if self.per_batch is None else self.per_batch[1]
