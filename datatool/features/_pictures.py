"""Pictures that a frozen prefix is run on: those of a plan's rows, as the loader shows them."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable, Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from datatool.features._store import Pictures
from datatool.features._substitutes import NOBODY, substitutes
from datatool.frameworks import host
from datatool.loader import EvalLoader, EvalOptions, RandomNumbers, view_chance
from datatool.pipelines import parse_augment
from datatool.schemas import DataSection, Plan
from datatool.storage import Locator, each_ahead, is_remote, locate_rows, signature

TRIED: Final = 4  # pictures that a model is cut and a compiled one compared on; eager passes cost ten times compiled
_MAX_STAT: Final = 1_000_000  # files; past it changes inside a plan's files are not looked for


def plan_pictures(plan: Plan, data: DataSection, /, *, views: int, seed: int) -> Pictures:
    """Place row * views + view: the picture that the loader shows where it draws that view of the row.

    That of a row whose file cannot be read is a substitute's, with the random numbers of the row: it comes last, when
    it is known which files can be.
    """
    paths = plan_paths(plan)

    def shown(places: NDArray[np.int64], rows: NDArray[np.int64]) -> Pictures:
        def chance(at: NDArray[np.int64]) -> RandomNumbers:
            return view_chance(seed, views=places[at] % views, rows=places[at] // views)

        with open_pictures([paths[row] for row in rows], data, chance=chance) as loader:
            for at, images, readable in pictures(loader):
                yield places[at], images, readable

    every = np.arange(len(paths) * views)
    readable = np.ones(len(every), np.bool_)
    for places, images, read in shown(every, every // views):
        readable[places] = read
        yield places, images, read
    found = {place: row for place, row in substitutes(readable, plan.cells, views=views).items() if row != NOBODY}
    if found:
        for places, images, _ in shown(np.array(list(found)), np.array(list(found.values()))):
            yield places, images, readable[places]


def pictures(loader: EvalLoader, /) -> Pictures:
    """Those of a list, in order."""
    for batch in loader:
        yield host(batch.positions), batch.images, host(batch.weights) > 0


def open_pictures(
    paths: list[Locator], data: DataSection, /, *, chance: Callable[[NDArray[np.int64]], RandomNumbers] | None = None
) -> EvalLoader:
    """Files in order, made into pictures as in training, each with the random numbers that ``chance`` gives."""
    return EvalLoader(
        paths,
        **EvalOptions.named_in(data),
        framework="numpy",
        device="cpu",
        chance=chance,
        max_errors=len(paths),
    )


def plan_paths(plan: Plan, /, *, count: int | None = None) -> list[Locator]:
    """Joined paths of the first ``count`` rows, or of all."""
    rows = plan.rows(np.arange(plan.num_rows if count is None else count))
    return locate_rows(rows)


def num_views(data: DataSection, /) -> int | None:
    """Fixed pictures of each row; None where every draw has its own."""
    if data.views is not None:
        return data.views
    return 1 if without_chance(data) else None


def without_chance(data: DataSection, /) -> bool:
    """Whether a file always gives the same picture."""
    augment = parse_augment(data.augment)
    return augment.crop != "random" and augment.flip == 0 and not augment.changes_pixels and not augment.mixes


def transform_key(data: DataSection, /) -> dict[str, Any]:
    """What decides a picture, beside its file and chance."""
    keys = {"image_size", "mean", "std", "eval_resize", "interpolation"}
    return data.model_dump(mode="json", include=keys)


def files_key(paths: list[Locator], /) -> str:
    """A digest of each path with its size and modification time, so that an edited file makes the cache invalid."""
    digest = hashlib.blake2b(digest_size=16)
    for text in _stated(paths):
        digest.update(text)
    return digest.hexdigest()


def picture_names(paths: list[Locator], /) -> list[tuple[int, int]]:
    """The same of each picture by itself: N times 128 bits as two integers that int64 holds."""
    return [struct.unpack("<qq", hashlib.blake2b(text, digest_size=16).digest()) for text in _stated(paths)]


def _stated(paths: list[Locator]) -> Iterator[bytes]:
    look = _state if len(paths) <= _MAX_STAT else _no_state
    states = each_ahead(look, paths) if any(map(is_remote, paths[:1])) else map(look, paths)
    for path, state in zip(paths, states, strict=True):
        yield path.encode(errors="surrogateescape") + state


def _state(path: Locator) -> bytes:
    try:
        found = signature(path)
    except (OSError, ValueError):
        return b":gone"
    return f":{found.size}:{found.mtime}".encode()


def _no_state(path: Locator) -> bytes:
    del path
    return b""
