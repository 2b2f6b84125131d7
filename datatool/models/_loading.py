"""Strict loading: every key is accounted for, and a file that does not fit is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from datatool.errors import CheckpointError
from datatool.frameworks import LAYOUTS, Array, Framework, Layout, Module
from datatool.models._freeze import join
from datatool.models._heads import classifier_of, grown
from datatool.models._weights import Weights, read_weights, rename

MIN_MATCHED: Final = 0.9  # of the backbone's tensors; less is another net's file
HeadMode = Literal["new", "keep", "grow", "grow-hold"]


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
        old_rows: Classes of a head that was grown.
    """

    file: str
    layout: str
    matched: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    unexpected: list[str] = field(default_factory=list)
    reshaped: list[str] = field(default_factory=list)
    head: str = "new"
    turned: list[str] = field(default_factory=list)
    old_rows: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types."""
        return asdict(self)

    def summary(self) -> str:
        """One sentence."""
        return (
            f"loaded {len(self.matched)} tensors of {Path(self.file).name}; {len(self.missing)} missing, "
            f"{len(self.unexpected)} unexpected, {len(self.reshaped)} reshaped; head: {self.head}"
        )


def load_pretrained(kit: Framework, model: Module, path: Path, /, *, head: str, mode: HeadMode) -> LoadReport:
    """Load a weight file into a model whose head is named ``head``.

    With ``mode`` "new" the file's head, if it has one, is left alone; "keep" demands it, with the model's shape; "grow"
    copies its rows over the first classes of the model's.

    Raises:
        CheckpointError: If under 90 % of the backbone is matched, a backbone tensor has another shape, or the head does
            not fit its mode. Nothing is loaded then.
    """
    weights = read_weights(path)
    renamed = rename(weights, kit.layout)
    layout = _layout_of_shapes(kit, model, renamed) if weights.layout is None else LAYOUTS[weights.layout]
    report = LoadReport(file=str(path), layout="as the model" if layout is None else layout.name)
    found = _turn(kit, model, renamed, layout or kit.layout, report)
    tensors = model_tensors(kit, model)
    plan = _match(tensors, found, head, report)
    _check_backbone(tensors, head, report, weights)
    plan.update(_head_values(kit, model, tensors, found, head, mode, report))
    for name, array in plan.items():
        kit.assign(tensors[name], array)
    return report


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


def _head_values(
    kit: Framework,
    model: Module,
    tensors: Mapping[str, Any],
    found: Mapping[str, Array],
    head: str,
    mode: HeadMode,
    report: LoadReport,
) -> dict[str, Array]:
    inside = {name: array for name, array in found.items() if name.startswith(f"{head}.")}
    if mode == "new":
        report.head = "new, the file's is left alone" if inside else "new, the file has none"
        return {}
    wanted = [name for name in tensors if name.startswith(f"{head}.")]
    absent = [name for name in wanted if name not in inside]
    if absent:
        raise CheckpointError(
            f"with model.head: {mode} the file must hold the head; '{absent[0]}' is missing",
            file=report.file,
            hint="set model.head to new for a freshly initialised head",
        )
    name, module = classifier_of(kit, model, head)
    if mode == "keep":
        return _kept(tensors, {key: inside[key] for key in wanted}, report)
    own = {key: join(name, key) for key in kit.own_parameters(module)}
    values, kept = grown(
        {key: inside[full] for key, full in own.items()},
        {key: kit.array(tensors[full]) for key, full in own.items()},
        layout=kit.layout,
    )
    report.head, report.old_rows = f"grown from {kept} classes", kept
    rest = _kept(tensors, {key: inside[key] for key in wanted if key not in own.values()}, report, said=False)
    return {**rest, **{own[key]: value for key, value in values.items()}}


def _kept(
    tensors: Mapping[str, Any], inside: dict[str, Array], report: LoadReport, *, said: bool = True
) -> dict[str, Array]:
    for name, array in inside.items():
        shape = tuple(int(size) for size in tensors[name].shape)
        if array.shape != shape:
            raise CheckpointError(
                f"with model.head: keep the head must have the model's shape; '{name}' is {list(array.shape)}, "
                f"the model has {list(shape)}",
                file=report.file,
                hint="the file has another class_num: set model.head to new, or to grow to keep its rows",
            )
    if said:
        report.head = "kept"
    return inside
