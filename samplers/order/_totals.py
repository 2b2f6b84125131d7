"""Quotas by epoch, and their totals before one."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from datatool.samplers.order._recent import Recent


class Quotas(Protocol):
    """Quotas by epoch; a `Plan` is one."""

    @property
    def settled(self) -> int:
        """First epoch from which on quotas stay as they are."""
        ...

    def quotas(self, epoch: int = 0, /) -> NDArray[np.int64]:
        """Draws of each cell in ``epoch``, int64 (K,)."""
        ...


class QuotaTotals:
    """Running totals of quotas: a sum until quotas are settled, a product from there on."""

    def __init__(self, plan: Quotas, /) -> None:
        self._settled = plan.settled
        self.quotas = Recent(plan.quotas, size=3)
        self._sums = Recent(self._sum, size=3)
        self._last = 0, np.zeros_like(plan.quotas(0))

    def before(self, epoch: int, /) -> NDArray[np.int64]:
        """Draws of each cell in all epochs before ``epoch``, int64 (K,)."""
        changing = min(epoch, self._settled)
        total = self._sums(changing)
        return total if epoch == changing else total + (epoch - changing) * self.quotas(self._settled)

    def _sum(self, epoch: int) -> NDArray[np.int64]:
        """Add up the first epochs, from the last sum if that is not past them."""
        known, total = self._last if self._last[0] <= epoch else (0, np.zeros_like(self._last[1]))
        for earlier in range(known, epoch):
            total = total + self.quotas(earlier)
        self._last = epoch, total
        return total
