"""Where a partly frozen model can be cut in two: a frozen prefix, and the rest that trains.

    images -> [ c0 -> c1 -> ... ] -> features -> [ cj -> ... -> head ] -> logits
              frozen, computed once               runs every step

The children of a model, sequences opened, are taken for a chain. Either half runs as the whole model with the other
half's children replaced by identities; whether the model really is such a chain is found out by comparing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from datatool.frameworks import Array, Framework, Module
from datatool.models._freeze import Frozen, join

TOLERANCE: Final = 1e-3  # relative to the largest value; oneDNN orders sums otherwise (measured: 1e-6 to 2e-5)
AMP_TOLERANCE: Final = 5e-2  # bfloat16 keeps 8 bits of each product (measured: 3e-3 to 2e-2)


@dataclass(frozen=True, kw_only=True)
class Prefix:
    """The frozen part of a model.

    Attributes:
        key: Hexadecimal digest of its layers and weights.
        shape: Of one row of features.
        run: Images float32 (N, 3, S, S) to features float32 (N, *shape), compiled at the first call.
        eager: The same without compiling, for few images; None where only ``run`` gives these features.
        tensor: An array on the model's device.
        tolerance: Of features computed again, relative to the largest.
    """

    key: str
    shape: tuple[int, ...]
    run: Callable[[Array], Array]
    tensor: Callable[[Array], Any]
    tolerance: float = TOLERANCE
    eager: Callable[[Array], Array] | None = None


class Cut:
    """A model cut before one of its children.

    Args:
        kit: The framework.
        model: The model, in evaluation mode.
        front: Names of the children of the prefix, outermost first.
        back: Names of the other children.
        head: Name of the head; a back of nothing else is run by itself.
    """

    def __init__(self, kit: Framework, model: Module, /, *, front: list[str], back: list[str], head: str) -> None:
        self._kit = kit
        self._model = model
        self._front = front
        self._back = back
        self._head = head
        self._identity = kit.identity()
        self.shape: tuple[int, ...] = ()
        self.tried: Array = np.empty(0, np.float32)  # features of the images of `halves`

    @contextmanager
    def suffix(self) -> Iterator[Any]:
        """The model without its prefix: it takes features."""
        if self._back == [self._head]:
            yield dict(self._kit.modules(self._model))[self._head]
            return
        with self._without(self._front) as model:
            yield model

    @contextmanager
    def prefix(self) -> Iterator[Any]:
        """The model without its rest: it gives features, perhaps flattened."""
        with self._without(self._back) as model:
            yield model

    def halves(self, images: Any, /) -> tuple[Array, Array]:
        """Outputs for a tensor of images, of the whole model and of both halves; the shape is learnt here."""
        first = dict(self._kit.modules(self._model))[self._back[0]]
        seen: list[tuple[int, ...]] = []
        remove = self._kit.on_forward(first, lambda inputs, _: seen.append(tuple(inputs[0].shape)))
        try:
            with self._kit.no_grad():
                whole = self._kit.array(self._model(images))
        finally:
            remove()
        self.shape = tuple(int(size) for size in seen[0][1:])
        self.tried = self.features(images)
        with self._kit.no_grad(), self.suffix() as suffix:
            return whole, self._kit.array(suffix(self._kit.tensor(self.tried)))

    def features(self, images: Any, /) -> Array:
        """Eager features (N, *shape) of a tensor of images, once the shape is known."""
        with self._kit.no_grad(), self.prefix() as model:
            return self._shaped(self._kit.array(model(images)))

    def compiled(self, images: Array, /, *, amp: bool) -> Callable[[Array], Array]:
        """The prefix compiled, for inputs shaped like ``images``."""
        with self.prefix() as model:
            run = self._kit.compile(model, images, amp=amp)
        return lambda batch: self._shaped(run(batch))

    def key(self) -> str:
        """Digest of the prefix's layers and weights."""
        digest = hashlib.blake2b(digest_size=16)
        behind = tuple(f"{name}." for name in self._back)
        for name, module in self._kit.modules(self._model):
            if f"{name}.".startswith(behind):
                continue
            digest.update(f"{name}:{type(module).__name__}".encode())
            for own in (self._kit.own_parameters(module), self._kit.own_buffers(module)):
                for key, tensor in own.items():
                    digest.update(key.encode() + np.ascontiguousarray(self._kit.array(tensor)).tobytes())
        return digest.hexdigest()

    def _shaped(self, output: Array) -> Array:
        return output.reshape((len(output), *self.shape))

    @contextmanager
    def _without(self, names: list[str]) -> Iterator[Any]:
        old = [(name, self._kit.replace(self._model, name, self._identity)) for name in names]
        try:
            yield self._model
        finally:
            for name, module in old:
                self._kit.replace(self._model, name, module)


def find_cut(kit: Framework, model: Module, frozen: Frozen, /, *, head: str, images: Any) -> Cut | None:
    """The latest cut that leaves the model's outputs as they are, or None.

    Args:
        kit: The framework.
        model: In evaluation mode.
        frozen: What is frozen.
        head: Name of the head.
        images: A tensor to compare outputs on.
    """
    for front, back in _candidates(kit, model, frozen, head):
        cut = Cut(kit, model, front=front, back=back, head=head)
        if _equivalent(cut, images):
            return cut
    return None


def close(first: Array, second: Array, /, *, tolerance: float = TOLERANCE) -> bool:
    """Whether two outputs are the same but for rounding."""
    scale = float(np.abs(first).max(initial=1e-6))
    return first.shape == second.shape and bool(np.abs(first - second).max(initial=0.0) <= tolerance * scale)


def _candidates(kit: Framework, model: Module, frozen: Frozen, head: str) -> Iterator[tuple[list[str], list[str]]]:
    modules = dict(kit.modules(model))
    if any(key not in frozen.parameters for key in kit.own_parameters(model)):
        return
    if all(name in frozen.modules for name in modules if name and not _related(name, head)):
        yield [name for name in _chain(kit, model) if not _related(name, head)], [head]
    chain = _chain(kit, model)
    first = next((i for i, name in enumerate(chain) if not _frozen(kit, name, modules[name], frozen)), len(chain))
    if any(_has_parameters(kit, modules[name]) for name in chain[:first]) and first < len(chain):
        yield chain[:first], chain[first:]


def _chain(kit: Framework, model: Module) -> list[str]:
    """Children in order, those of sequences in place of them."""
    names: list[str] = []
    for name, module in kit.children(model):
        inner = _chain(kit, module) if kit.is_sequential(module) else []
        names.extend([join(name, key) for key in inner] or [name])
    return names


def _frozen(kit: Framework, name: str, module: Module, frozen: Frozen) -> bool:
    """Whether all of it stays in evaluation mode; a dropout has no parameters and yet acts in training."""
    return all((join(name, key) if key else name) in frozen.modules for key, _ in kit.modules(module))


def _has_parameters(kit: Framework, module: Module) -> bool:
    return any(kit.own_parameters(inner) for _, inner in kit.modules(module))


def _related(name: str, head: str) -> bool:
    return name == head or name.startswith(f"{head}.") or head.startswith(f"{name}.")


def _equivalent(cut: Cut, images: Any) -> bool:
    try:
        whole, halves = cut.halves(images)
    except Exception:  # noqa: BLE001 - a model that is no chain may fail in any way; it is then not cut
        return False
    return close(whole, halves)
