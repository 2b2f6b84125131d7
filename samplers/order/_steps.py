"""Which child of a node each of its draws goes to, in closed form: the arithmetic of `_tree.py`.

Draw k of a node with ``total`` draws stands at the height ``k light + phase``; the light child is ``light / total`` of
them. Counts are whole numbers in uint64, or in float64 where all heights are below 2^53: quotients rounded down are the
same there, and three times as fast.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from datatool.samplers.order._hash import mix

U64 = NDArray[np.uint64]
Counts = NDArray[Any]  # uint64 or float64
Step = tuple[NDArray[np.bool_], Counts]

_NODE: Final = np.uint64(0x9E3779B97F4A7C15)
_RUN: Final = np.uint64(0xD1B54A32D192ED03)
_HALF: Final = np.uint64(32)
_ONE: Final = np.uint64(1)


def fits_float(most: int, /) -> bool:
    """Whether heights in nodes of up to ``most`` draws are exact in float64."""
    return most * (most // 2 + 2) < 2**53


def line_phase(node: NDArray[np.int64], total: U64, key: np.uint64, /) -> U64:
    """Where the line of a busy node begins, in [0, total)."""
    return _part(mix(node.view(np.uint64) * _NODE + key), total)


def run_bits(node: NDArray[np.int64], light: U64, key: np.uint64, /) -> tuple[U64, U64]:
    """Bits of a sparse node, and where its first run begins, in [0, light): a fraction of one draw."""
    bits = mix(node.view(np.uint64) * _NODE + ~key)
    return bits + _RUN, _part(bits, light)


def busy_before(count: Counts, total: Counts, light: Counts, phase: Counts, /) -> Counts:
    """How many of the first ``count`` draws of each busy node go to its light child."""
    height = count * light
    height += phase
    return _quotient(height, total)


def busy_light(count: Counts, total: Counts, light: Counts, height: Counts, /) -> Counts:
    """Which draw of each busy node is draw ``count`` of its light child.

    ``height`` is ``total - phase - 1``; another draw n that ``count`` is to begin at adds ``n total``.
    """
    heights = count * total
    heights += height
    return _quotient(heights, light)


def busy_step(count: Counts, total: Counts, light: Counts, phase: Counts, /) -> Step:
    """Whether draw ``count`` of each busy node goes to its light child, and its number there."""
    height = count * light
    height += phase
    before = _quotient(height, total)
    height -= before * total
    height += light
    to_light = height >= total
    return to_light, _choose(to_light, before, count - before)


def busy_back(
    count: U64, is_light: NDArray[np.bool_], total: U64, light: U64, phase: U64, _: U64 | None = None, /
) -> U64:
    """The draw of each node that is draw ``count`` of its light or its heavy child; the inverse of `busy_step`."""
    height = np.where(is_light, (count + _ONE) * total - phase - _ONE, count * total + phase)
    return height // np.where(is_light, light, total - light)


def sparse_step(count: Counts, total: Counts, light: Counts, phase: Counts, bits: U64, /) -> Step:
    """As `busy_step`; run i holds the draws k with floor((k light + phase) / total) = i, at least two."""
    height = count * light
    height += phase
    run = _quotient(height, total)
    height -= run * total
    place = _quotient(height, light)
    height -= place * light
    np.subtract(total, height, out=height)
    height -= 1
    length = _quotient(height, light)
    length += 1
    chosen = _chosen(bits, run.astype(np.uint64, copy=False), length.astype(np.uint64, copy=False)).astype(count.dtype)
    to_light = place == chosen
    heavy = count - run
    heavy -= place > chosen
    return to_light, _choose(to_light, run, heavy)


def sparse_back(count: U64, is_light: NDArray[np.bool_], total: U64, light: U64, phase: U64, bits: U64, /) -> U64:
    """The inverse of `sparse_step`."""
    run: U64 = np.where(is_light, count, (count * light + phase) // (total - light))
    start: U64 = (run * total + (light - _ONE - phase)) // light
    length: U64 = (total - _ONE - (start * light + phase - run * total)) // light + _ONE
    chosen = _chosen(bits, run, length)
    heavy = count - (start - run)
    return start + np.where(is_light, chosen, heavy + (heavy >= chosen))


def _chosen(bits: U64, run: U64, length: U64) -> U64:
    """Which draw of a run goes to the light child."""
    mixed = run * _RUN
    mixed += bits
    return _part(mix(mixed), length)


def _part(bits: U64, below: U64) -> U64:
    """A number in [0, below), from the upper half of ``bits``, which are used up."""
    bits >>= _HALF
    bits *= below
    bits >>= _HALF
    return bits


def _quotient(height: Counts, by: Counts) -> Counts:
    """Rounded down; exact in float64 as long as heights are below 2^53."""
    if height.dtype == np.uint64:
        whole: Counts = height // by
        return whole
    ratio = height / by
    return np.floor(ratio, out=ratio)


def _choose(to_light: NDArray[np.bool_], light: Counts, heavy: Counts) -> Counts:
    """As `np.where`, which guesses at each item and is wrong at half of them; both are used up."""
    light -= heavy
    light *= to_light
    heavy += light
    return heavy
