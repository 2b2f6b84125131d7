"""Strict loading: every key is accounted for, and a file that does not fit is refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np

from datatool.errors import CheckpointError
from datatool.frameworks import LAYOUTS, Array, Framework, Layout, Module
from datatool.models._freeze import join
from datatool.models._head_loading import HeadLoading, HeadMode
from datatool.models._names import translated
from datatool.models.weights import Weights, read_weights, rename

MIN_MATCHED: Final = 0.9  # of the backbone's tensors; less is another net's file


@dataclass(kw_only=True)
class LoadReport:
    """What became of every key of a weight file; saved with the run.

    Attributes:
        file: The file.
        layout: Whose names and linear layout it has: paddle, torch, or "as the model" where neither the file nor the
            shapes of its linear weights tell.
        matched: Names loaded.
        missing: Names of the model's backbone that the file lacks.
        unexpected: Names of the file that the model lacks.
        reshaped: `name: file shape -> model shape` of tensors that do not fit.
        head: What became of the head.
        turned: Names of linear weights transposed between the frameworks' layouts.
        old_rows: Classes that have the rows of the file's head, in its order.
        notes: What else there is to know, one sentence each.
    """

    file: str
    layout: str
    matched: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    unexpected: list[str] = field(default_factory=list)
    reshaped: list[str] = field(default_factory=list)
    head: str = "new"
    turned: list[str] = field(default_factory=list)
    old_rows: list[int] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types."""
        return asdict(self)

    def summary(self) -> str:
        """One sentence."""
        return (
            f"loaded {len(self.matched)} tensors of {Path(self.file).name}; {len(self.missing)} missing, "
            f"{len(self.unexpected)} unexpected, {len(self.reshaped)} reshaped; head: {self.head}"
        )


def load_pretrained(
    kit: Framework,
    model: Module,
    path: Path,
    /,
    *,
    head: str,
    mode: HeadMode,
    names: Sequence[str] = (),
    weights: Weights | None = None,
) -> LoadReport:
    """Load a weight file into a model whose head is named ``head``.

    With ``mode`` "new" the file's head, if it has one, is left alone; "keep" demands it, with the model's shape; "grow"
    lets the model have more classes. Rows of the file's head go to the classes of their names, where those are known.

    Args:
        kit: Of the model.
        model: Filled in place.
        path: The file.
        head: Name of the head in the model.
        mode: What to do with the file's.
        names: Of the model's classes, id = place; empty where they are not known.
        weights: What the file holds, where it has been read already.

    Raises:
        CheckpointError: If under 90 % of the backbone is matched, a backbone tensor has another shape, the head does
            not fit its mode or ``names``, or a value to be loaded is not finite. Nothing is loaded then.
    """
    weights = read_weights(path) if weights is None else weights
    tensors = model_tensors(kit, model)
    renamed, notes = _renamed(kit, weights, tensors, head)
    layout = _layout_of_shapes(kit, model, renamed) if weights.layout is None else LAYOUTS[weights.layout]
    report = LoadReport(
        file=str(path), layout="as the model" if layout is None else layout.name, notes=[*weights.notes, *notes]
    )
    found = _turn(kit, model, renamed, layout or kit.layout, report)
    plan = _match(tensors, found, head, report)
    _check_backbone(tensors, head, report, weights)
    loading = HeadLoading(kit=kit, model=model, tensors=tensors, head=head, mode=mode, names=names, file=path)
    plan.update(_head_values(loading, found, report))
    check_finite(plan, path)
    for name, array in plan.items():
        kit.assign(tensors[name], array)
    return report


def _renamed(
    kit: Framework, weights: Weights, tensors: Mapping[str, Any], head: str
) -> tuple[dict[str, Array], list[str]]:
    """The arrays under the model's names where that takes a translation, and what is said of it."""
    renamed = rename(weights, kit.layout)
    wanted = [name for name in tensors if not name.startswith(f"{head}.") and not _is_counter(name)]
    if sum(name in renamed for name in wanted) >= MIN_MATCHED * len(wanted):
        return renamed, []
    found = translated(renamed, wanted, head)
    if found is None:
        return renamed, []
    return found.arrays, [f"the file has names of {found.said}, which were translated"]


def model_tensors(kit: Framework, model: Module, /) -> dict[str, Any]:
    """Parameters and buffers of a model by full name, in order of registration."""
    tensors: dict[str, Any] = {}
    for name, module in kit.modules(model):
        for own in (kit.own_parameters(module), kit.own_buffers(module)):
            tensors.update((join(name, key), tensor) for key, tensor in own.items())
    return tensors


def _linear_weights(kit: Framework, model: Module) -> dict[str, tuple[int, ...]]:
    """Name -> shape."""
    found = {}
    for name, module in kit.modules(model):
        if kit.is_linear(module):
            found[join(name, "weight")] = tuple(int(size) for size in kit.own_parameters(module)["weight"].shape)
    return found


def _layout_of_shapes(kit: Framework, model: Module, found: Mapping[str, Array]) -> Layout | None:
    """The layout in which a linear weight that is not square fits the model; None where there is none."""
    other = next(layout for layout in LAYOUTS.values() if layout.class_axis != kit.layout.class_axis)
    for name, shape in _linear_weights(kit, model).items():
        theirs = found[name].shape if name in found else ()
        if theirs != theirs[::-1] and theirs in (shape, shape[::-1]):
            return kit.layout if theirs == shape else other
    return None


def _turn(
    kit: Framework, model: Module, found: dict[str, Array], layout: Layout, report: LoadReport
) -> dict[str, Array]:
    """Transpose the weights of linear layers where the file's framework stores them the other way."""
    if layout.class_axis == kit.layout.class_axis:
        return found
    linears = _linear_weights(kit, model)
    report.turned.extend(name for name in found if name in linears and found[name].ndim == 2)
    return {**found, **{name: found[name].T for name in report.turned}}


def _head_values(loading: HeadLoading, found: Mapping[str, Array], report: LoadReport) -> dict[str, Array]:
    values, rows = loading.values(found)
    report.head = loading.said(found, rows)
    if rows is not None:
        report.old_rows.extend(rows.places)
        report.notes.extend([] if rows.note is None else [rows.note])
    return values


def _match(tensors: Mapping[str, Any], found: Mapping[str, Array], head: str, report: LoadReport) -> dict[str, Array]:
    plan = {}
    for name, tensor in tensors.items():
        if name.startswith(f"{head}.") or _is_counter(name):
            continue
        shape = tuple(int(size) for size in tensor.shape)
        if name not in found:
            report.missing.append(name)
        elif found[name].shape != shape:
            report.reshaped.append(f"{name}: {list(found[name].shape)} -> {list(shape)}")
        else:
            report.matched.append(name)
            plan[name] = found[name]
    report.unexpected.extend(name for name in found if name not in tensors and not name.startswith(f"{head}."))
    return plan


def check_finite(arrays: Mapping[str, Array], file: Path, /) -> None:
    """Whether every value is a finite float32 number.

    Raises:
        CheckpointError: Naming the first tensor that holds others.
    """
    for name, array in arrays.items():
        with np.errstate(over="ignore"):
            finite = np.isfinite(array.astype(np.float32, copy=False))
        if not finite.all():
            wrong = finite.size - int(np.count_nonzero(finite))
            raise CheckpointError(
                f"weights must be finite float32 numbers; {wrong:,} of {finite.size:,} in '{name}' are not",
                file=file,
                hint="the training that wrote the file diverged: take an earlier file of it",
            )


def _is_counter(name: str) -> bool:
    return name.endswith("num_batches_tracked")


def _check_backbone(tensors: Mapping[str, Any], head: str, report: LoadReport, weights: Weights) -> None:
    total = len(report.matched) + len(report.missing) + len(report.reshaped)
    share = len(report.matched) / max(total, 1)
    if report.reshaped and len(report.missing) <= total * (1 - MIN_MATCHED):
        raise CheckpointError(
            f"tensors of the backbone must have the model's shapes; {len(report.reshaped)} have not, "
            f"the first is {report.reshaped[0]}",
            file=report.file,
            hint="give the backbone that these weights belong to in model.backbone",
        )
    if share < MIN_MATCHED:
        model_name = next((name for name in tensors if not name.startswith(f"{head}.")), "")
        raise CheckpointError(
            f"weights must match {MIN_MATCHED:.0%} of the backbone's {total} tensors; {len(report.matched)} match "
            f"(the file has '{next(iter(weights.arrays))}', the model '{model_name}')",
            file=report.file,
            hint="these weights belong to another architecture",
        )


def check_names(tensors: Mapping[str, Any], arrays: Mapping[str, Array], /) -> None:
    """Whether arrays fill a model exactly.

    Raises:
        CheckpointError: Naming the first tensor that is missing, unknown or of another shape.
    """
    for name, tensor in tensors.items():
        if name not in arrays:
            raise CheckpointError(f"a checkpoint must fill the whole model; '{name}' is missing")
        if tuple(arrays[name].shape) != tuple(int(size) for size in tensor.shape):
            raise CheckpointError(f"a checkpoint must have the model's shapes; '{name}' is {list(arrays[name].shape)}")
    unknown = next((name for name in arrays if name not in tensors), None)
    if unknown is not None:
        raise CheckpointError(f"a checkpoint must hold the model's names only; got '{unknown}'")
