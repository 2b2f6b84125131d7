"""Results of an engine, made into batches of a framework; what training and evaluation passes have in common."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datatool.frameworks import as_array
from datatool.loader._batch import Batch
from datatool.loader._handover import Handover
from datatool.loader._ledger import Ledger
from datatool.loader._mix import masks, mix
from datatool.loader._stats import Meter
from datatool.pipelines import Augment, Engine, Request, Result
from datatool.schemas import LoaderError

Labels = Callable[[NDArray[np.int64]], tuple[NDArray[np.int64], NDArray[np.float32]]]


@dataclass(frozen=True, kw_only=True, eq=False)
class Assembly:
    """From requests to batches.

    Attributes:
        engine: Makes the pixels.
        framework: Makes the tensors.
        ledger: Books the faults and keeps the budget.
        meter: Books the time.
        augment: Whether to mix.
        labels: Row numbers to labels and loss weights.
        must_fill: Whether an empty place is an error.
    """

    engine: Engine
    framework: Handover
    ledger: Ledger
    meter: Meter
    augment: Augment
    labels: Labels
    must_fill: bool

    def batches(self, requests: Iterator[Request], /) -> Generator[Batch, None, None]:
        """Yield the batch of each request; with mixing, requests come in pairs, the partners second."""
        with closing(self.engine.batches(requests)) as results:
            self.meter.start()
            while (result := next(results, None)) is not None:
                partner = next(results) if self.augment.mixes else None
                self.meter.wait += (waited := self.meter.lap())
                batch = self._batch(result, partner)
                del result, partner  # or their memory could not be used again while the consumer works
                self.meter.handover += (spent := self.meter.lap())
                self.meter.busy += waited + spent
                yield batch
                del batch
                self.meter.busy += self.meter.lap()

    def _batch(self, result: Result, partner: Result | None) -> Batch:
        labels, weights = self._booked(result)
        mixed: dict[str, NDArray[Any]] = {}
        if partner is not None:
            partner_labels, partner_weights = self._booked(partner)
            weights = np.where(partner_weights > 0, weights, np.float32(0))
            images, shares = self._mixed(result, partner)
            mixed = {"partner_labels": partner_labels, "shares": shares}
        else:
            images = self.framework.images(result.images)
        to_device, to_host = self.framework.to_device, self.framework.to_host
        return Batch(
            images=images,
            labels=to_device(labels),
            weights=to_device(weights),
            rows=to_host(np.where(result.filled, result.rows, result.request.rows)),
            positions=to_host(result.request.positions),
            **{name: to_device(values) for name, values in mixed.items()},
        )

    def _booked(self, result: Result) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Labels and weights; empty places weigh nothing."""
        self.meter.add(result)
        self.ledger.record(result.faults)
        if self.must_fill and not result.filled.all():
            raise self._no_picture(result)
        labels, weights = self.labels(result.request.rows)
        return labels, np.where(result.filled, weights, np.float32(0))

    def _no_picture(self, result: Result) -> LoaderError:
        place = int(np.argmin(result.filled))
        row = result.request.rows[place : place + 1]
        last = next(fault for fault in reversed(result.faults) if fault.place == place)
        return LoaderError(
            f"a cell must have a usable image; got none for row {row[0]} of class {self.labels(row)[0][0]}, "
            f"the last '{last.path}': {last.reason}",
            hint="run datatool audit --images on the data set",
        )

    def _mixed(self, result: Result, partner: Result) -> tuple[Any, NDArray[np.float32]]:
        """Mixed as bytes on the host; as floats, by operators of the framework, on other devices."""
        uniforms = result.request.uniforms
        if self.framework.device == "cpu":
            images, others = (as_array(each.images) for each in (result, partner))
            images = images if images.flags.writeable else images.copy()
            shares = mix(images, others, self.augment, uniforms, partner.filled)
            return self.framework.images(images), shares
        own, other = (self.framework.images(each.images) for each in (result, partner))
        mask, shares = masks(own.shape[-1], self.augment, uniforms, partner.filled)
        return other + (own - other) * self.framework.to_device(mask), shares


def filler(framework: Handover, image_size: int, /) -> Batch:
    """One black place of weight 0 and position -1: the part of a rank that has none of the last batch."""
    to_device, to_host = framework.to_device, framework.to_host
    return Batch(
        images=framework.images(np.zeros((1, image_size, image_size, 3), np.uint8)),
        labels=to_device(np.zeros(1, np.int64)),
        weights=to_device(np.zeros(1, np.float32)),
        rows=to_host(np.full(1, -1, np.int64)),
        positions=to_host(np.full(1, -1, np.int64)),
    )
