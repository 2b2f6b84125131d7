"""All epochs of a plan in one line: place -> row, and row -> places."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from datatool.samplers.order._free import FreeOrder, Order
from datatool.samplers.order._group_order import GroupOrder
from datatool.samplers.order._hash import hash_int, hash_u64
from datatool.samplers.order._permute import permute, unpermute
from datatool.samplers.order._recent import Recent
from datatool.samplers.order._totals import QuotaTotals
from datatool.samplers.order._tree import CellDraws, QuotaTree

if TYPE_CHECKING:
    from datatool.schemas import Cells

NEVER: Final = int(np.iinfo(np.int64).max)


class PlanLike(Protocol):
    """What a sampler needs of a plan."""

    @property
    def cells(self) -> Cells: ...
    @property
    def epoch_size(self) -> int: ...
    @property
    def fingerprint(self) -> str: ...
    @property
    def settled(self) -> int: ...
    @property
    def per_batch(self) -> tuple[int, int] | None: ...

    def quotas(self, epoch: int = 0, /) -> NDArray[np.int64]:
        """Draws of each cell in ``epoch``, int64 (K,)."""
        ...


@dataclass(frozen=True, kw_only=True, eq=False)
class DrawnRows:
    """Rows at some places of an epoch.

    Attributes:
        positions: int64 (N,), 0-based place in the epoch.
        rows: int64 (N,), row of the plan's index.
        cells: int64 (N,), cell of each row; ``plan.cells.label[cells]`` are the labels.
        uses: int64 (N,), how often each row was drawn before, over all epochs and ranks.
    """

    positions: NDArray[np.int64]
    rows: NDArray[np.int64]
    cells: NDArray[np.int64]
    uses: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, part: slice | NDArray[np.intp], /) -> DrawnRows:
        return DrawnRows(
            positions=self.positions[part], rows=self.rows[part], cells=self.cells[part], uses=self.uses[part]
        )


class Timeline:
    """Which row stands at each place of each epoch.

    The draws of a cell go through its rows round by round, each round in another order. Counted over all epochs, a draw
    is a turn of its cell: turn t is use ``t // n`` of a row, the one that the order of that round has at ``t % n``.

    Args:
        plan: Quotas and cells.
        total_batch: Places of a whole batch on all ranks together.
        seed: The sampler's.
        window: Batches that are shuffled together.
    """

    def __init__(self, plan: PlanLike, /, *, total_batch: int, seed: int, window: int) -> None:
        self.epoch_size = plan.epoch_size
        self._cells = plan.cells
        self._settled = plan.settled
        self._totals = QuotaTotals(plan)
        self._labels = plan.cells.label
        self._per_batch = plan.per_batch
        self._trees = Recent(self._tree, size=3)
        self._group_orders = Recent(self._group_order, size=2)
        self._batch = total_batch
        self._seed = seed
        self.window = window * total_batch

    def rows(self, epoch: int, positions: NDArray[np.int64], /) -> DrawnRows:
        """The rows at some places of an epoch, int64 (N,).

        Raises:
            IndexError: If there is no such epoch or place.
        """
        if epoch < 0 or (len(positions) and not (positions.min() >= 0 and positions.max() < self.epoch_size)):
            raise IndexError(f"epochs must be at least 0 and places lie in [0, {self.epoch_size}) of them")
        cell, number = self.order(epoch).draws(positions)
        num_rows, turn = self._cells.num_rows[cell], self._totals.before(epoch)[cell] + number
        use = (turn.view(np.uint64) // num_rows.view(np.uint64)).view(np.int64)  # signed quotients take twice as long
        offset = permute(turn - use * num_rows, num_rows, self._round(cell, use))
        return DrawnRows(positions=positions, rows=self._cells.start[cell] + offset, cells=cell, uses=use)

    def turn(self, drawn: DrawnRows, use: NDArray[np.int64], /) -> NDArray[np.int64]:
        """The turn of its cell at which another use of each row is, int64 (N,)."""
        cell = drawn.cells
        num_rows = self._cells.num_rows[cell]
        return use * num_rows + unpermute(drawn.rows - self._cells.start[cell], num_rows, self._round(cell, use))

    def when(self, epoch: int, cell: NDArray[np.int64], turn: NDArray[np.int64], /) -> NDArray[np.int64]:
        """The place of a turn, counted over all epochs, int64 (N,); `NEVER` outside ``epoch`` and the next one."""
        found = np.full(len(cell), NEVER)
        for later in (epoch, epoch + 1):
            number = turn - self._totals.before(later)[cell]
            inside = np.flatnonzero((number >= 0) & (number < self._totals.quotas(min(later, self._settled))[cell]))
            if len(inside):
                place = self.order(later).places(CellDraws(cell[inside], number[inside]))
                found[inside] = later * self.epoch_size + place
        return found

    def order(self, epoch: int, /) -> Order:
        """The order of an epoch."""
        if self._per_batch is not None:
            return self._group_orders(epoch)
        return FreeOrder(
            tree=self._trees(epoch),
            epoch_size=self.epoch_size,
            seed=self._seed,
            epoch=epoch,
            window=self.window,
        )

    def reach(self, epoch: int, cell: NDArray[np.int64], /) -> NDArray[np.int64]:
        """More draws than a window of ``epoch`` or the next one has of each cell, int64 (N,)."""
        quotas = [self._totals.quotas(min(later, self._settled))[cell] for later in (epoch, epoch + 1)]
        more = 16 if self._per_batch is None else self._per_batch[1]  # 16 is far above the error of a free order
        return np.maximum(*quotas) * self.window // self.epoch_size + more

    def _round(self, cell: NDArray[np.int64], use: NDArray[np.int64]) -> NDArray[np.uint64]:
        return hash_u64("round", self._seed, cell, use)

    def _group_order(self, epoch: int) -> GroupOrder:
        assert self._per_batch is not None
        quota = self._totals.quotas(min(epoch, self._settled))
        return GroupOrder(quota, self._labels, per_batch=self._per_batch, seed=self._seed, epoch=epoch)

    def _tree(self, epoch: int) -> QuotaTree:
        quota = self._totals.quotas(min(epoch, self._settled))
        return QuotaTree.build(quota, batch=self._batch, key=hash_int("tree", self._seed, epoch))
