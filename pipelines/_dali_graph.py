"""The DALI pipeline: a slice of the encoded picture, resized with antialiasing, flipped, changed; all of it told.

Nothing in the graph is random, and nothing reads a file: every number comes in beside the bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from datatool.pipelines._dali_feed import Fed
from datatool.pipelines.augmentations import Augment

# One batch for `external_source`: encoded bytes of every place, then arrays with a row for every place.
Inputs = list[list[NDArray[np.uint8]] | NDArray[Any]]


class Options(NamedTuple):
    """What the graph is built from."""

    augment: Augment  # only what is left to the graph
    image_size: int
    batch_size: int
    num_threads: int
    device_id: int | None  # None: CPU


def build(options: Options, feed: Callable[[Any], Inputs], /, *, depth: int) -> Any:
    """Build a pipeline that asks ``feed`` for `inputs` and gives uint8 (B, S, S, 3).

    Args:
        options: The shape of the graph.
        feed: Called by the thread that runs the pipeline; ends with StopIteration.
        depth: Batches under way inside DALI.
    """
    from nvidia.dali import fn, pipeline_def, types

    device = "cpu" if options.device_id is None else "gpu"

    @pipeline_def(  # type: ignore[untyped-decorator]
        batch_size=options.batch_size,
        num_threads=options.num_threads,
        device_id=options.device_id,
        prefetch_queue_depth=depth,
        exec_dynamic=True,  # outputs are counted references: a batch lives as long as it is referred to
    )
    def graph() -> Any:
        encoded, start, shape, region_start, region_end, *rest = fn.external_source(
            feed,
            num_outputs=5 + sum(each.num_dali_inputs for each in options.augment.changes),
            batch=True,
            batch_info=True,
            parallel=False,  # parallel=True would put every batch through /dev/shm
        )
        images = fn.decoders.image_slice(
            encoded,
            start=start,
            shape=shape,
            axis_names="HW",
            device="cpu" if device == "cpu" else "mixed",
            output_type=types.RGB,
        )
        interp, antialias = _interpolation(options.augment.interpolation)
        images = fn.resize(
            images,
            size=[options.image_size] * 2,
            roi_start=region_start,
            roi_end=region_end,
            interp_type=interp,
            antialias=antialias,
        )
        for each in options.augment.changes:
            told, rest = rest[: each.num_dali_inputs], rest[each.num_dali_inputs :]
            images = each.dali_change(fn, images, told)
        return images

    pipe = graph()
    pipe.build()
    return pipe


def inputs(places: Sequence[Fed], uniforms: NDArray[np.float64], options: Options, /) -> Inputs:
    """One batch for the graph; places that stay empty stay black.

    Args:
        places: What was read.
        uniforms: float64 (B, `Stream.SIZE`).
        options: Of the graph that it goes to.
    """
    cuts = [place.cut for place in places]
    empty = np.array([place.row < 0 for place in places])
    batch: Inputs = [
        [place.data for place in places],
        np.array([cut.start for cut in cuts], np.int32),
        np.array([cut.shape for cut in cuts], np.int32),
        np.array([cut.region_start for cut in cuts], np.float32),
        np.array([cut.region_end for cut in cuts], np.float32),
    ]
    for each in options.augment.changes:
        batch += each.dali_inputs(uniforms, empty, options.image_size)
    return batch


def _interpolation(name: str) -> tuple[Any, bool]:
    """DALI's name, and whether shrinking is antialiased, as OpenCV's is for ``area`` only."""
    from nvidia.dali import types

    return {
        "area": (types.INTERP_LINEAR, True),
        "linear": (types.INTERP_LINEAR, False),
        "cubic": (types.INTERP_CUBIC, False),
        "nearest": (types.INTERP_NN, False),
    }[name]
