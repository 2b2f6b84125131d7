"""What a loader hands over, and a trainer takes."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from itertools import pairwise
from typing import Any


@dataclass(frozen=True, kw_only=True, eq=False)
class Batch:
    """One batch of B places.

    A loader's fields are all tensors of the framework asked for; `datatool.frameworks.host` makes numpy arrays of them.
    The batch stays valid as long as it, or a tensor from it, is referenced.

    Attributes:
        images: float32 (B, 3, S, S), normalised, on the device; or uint8 (B, S, S, 3), RGB. None where ``features``
            stand for them.
        labels: int64 (B,), on the device.
        weights: float32 (B,), on the device: what each place counts in the loss. 0 for skipped and filler places.
        rows: int64 (B,), on the host: the row of the plan whose pixels these are, or were to be where the place
            was skipped; -1 for a filler place.
        positions: int64 (B,), on the host: 0-based place in the epoch; -1 for a filler place.
        partner_labels: int64 (B,), on the device: labels of the pictures mixed in; None without mixup and cutmix.
        shares: float32 (B,), on the device: share of ``labels`` in the mixture; the loss of a place is
            ``shares * loss(labels) + (1 - shares) * loss(partner_labels)``.
        features: float32 (B, ...), on the device: outputs of a model's frozen part; None from a loader.
        taught: float32 (B, class_num), numpy: a teacher's softened shares of the classes; None without a teacher.
    """

    images: Any
    labels: Any
    weights: Any
    rows: Any
    positions: Any
    partner_labels: Any = None
    shares: Any = None
    features: Any = None
    taught: Any = None

    def __len__(self) -> int:
        return int(self.rows.shape[0])

    def part(self, places: slice, /) -> Batch:
        """Some of its places as a batch."""
        values = ((each.name, getattr(self, each.name)) for each in fields(self))
        return Batch(**{name: None if value is None else value[places] for name, value in values})

    def parts(self, num: int, /) -> list[Batch]:
        """Its places in ``num`` parts, in order, as even as can be and each of at least one place.

        Where there are fewer places than parts, the first place with weight 0 stands in the parts that are left.
        """
        least, more = divmod(len(self), num)
        ends = [place * least + min(place, more) for place in range(num + 1)]
        cut = [self.part(slice(start, end)) for start, end in pairwise(ends) if end > start]
        filler = replace(self.part(slice(0, 1)), weights=self.weights[:1] * 0)
        return cut + [filler] * (num - len(cut))
