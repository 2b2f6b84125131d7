"""Random numbers of one place, for tests of augmentations."""

from __future__ import annotations

import numpy as np

from datatool.pipelines import Stream, Uniforms


def uniforms(seed: int) -> Uniforms:
    """One row of `Request.uniforms`."""
    return np.random.default_rng(seed).random(Stream.SIZE)
