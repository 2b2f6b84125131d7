"""Weight files of any framework, as arrays by name, and their names as another framework has them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from datatool.errors import CheckpointError
from datatool.frameworks import LAYOUTS, Array, Layout
from datatool.models.weights._budget import check_count
from datatool.models.weights._file_kinds import MAX_HEADER, check_kind, located
from datatool.models.weights._saved_vars import read_folder, read_variable, tar_members
from datatool.models.weights._state_dicts import state_of
from datatool.models.weights._unpickle import cut_short, from_bfloat16, read_pdparams, read_pth
from datatool.schemas import scratch_folder

_STUDENT: Final = "Student."  # as PaddleClas saves a distillation
_WRAPPERS: Final = ("module.", "_orig_mod.", "model.", "backbone.", "student.")
_READ: Final = frozenset(  # safetensors' dtypes
    ("BOOL", "I8", "I16", "I32", "I64", "U8", "U16", "U32", "U64", "BF16", "F16", "F32", "F64")
)

# What safetensors says of a file that is not all there.
_CUT_SHORT: Final = ("header too small", "invalid header length", "file not fully covered")
_SHOWN: Final = 200  # characters of what it says otherwise


@dataclass(frozen=True, kw_only=True)
class Weights:
    """A file's arrays.

    Attributes:
        arrays: Name -> values.
        layout: Which framework's names and linear layout they have; None where the file does not tell.
        notes: What a reader of the file should know, one sentence each.
    """

    arrays: Mapping[str, Array]
    layout: str | None
    notes: tuple[str, ...] = ()


def read_weights(path: Path, /) -> Weights:
    """Read safetensors, `.pdparams` or `.pth` without running code, in memory bounded by the file's size.

    Also what PaddleClas had: a path without `.pdparams`, a folder of variables of a static graph, and a `.tar` of
    either; of a distillation's file, the student.

    Raises:
        CheckpointError: If the file is missing, damaged, of another kind, or asks for anything but data.
    """
    raw = read_raw(path)
    arrays, distilled = _student(dict(raw.arrays))
    return Weights(arrays=_without_wrapper(arrays), layout=raw.layout, notes=(*raw.notes, *distilled))


def read_raw(path: Path, /) -> Weights:
    """The same, under the names that the file itself has, wrappers and teachers included.

    Raises:
        CheckpointError: As `read_weights`.
    """
    check_kind(path)
    path = located(path)
    stated = next((layout.name for layout in LAYOUTS.values() if path.suffix in layout.suffixes), None)
    notes: tuple[str, ...] = ()
    if path.is_dir() or path.suffix == ".tar":
        (arrays, notes), stated = _read_static(path), "paddle"
    elif path.suffix == ".safetensors":
        arrays, stated = _read_safetensors(path)
    elif path.suffix == ".pdparams":
        arrays, notes = state_of(read_pdparams(path))
        arrays = _widened(arrays)
    else:
        arrays, notes = state_of(read_pth(path))
    if not arrays:
        raise CheckpointError(
            "weights must hold arrays by name; got none", file=path, hint="save the model's state_dict()"
        )
    return Weights(arrays=arrays, layout=_layout(arrays) or stated, notes=notes)


def _read_static(path: Path) -> tuple[dict[str, Array], tuple[str, ...]]:
    """Variables of a folder or tar; of a tar with one `.pdparams` in it, that file."""
    if path.is_dir():
        return read_folder(path), ()
    members = dict(tar_members(path))
    inside = [name for name in members if name.endswith(".pdparams")]
    if not inside:
        return {name: read_variable(data, path / name) for name, data in members.items()}, ()
    if len(inside) > 1:
        raise CheckpointError(
            f"a tar must hold one .pdparams; got {len(inside)}", file=path, hint="unpack it, and give one of them"
        )
    with scratch_folder() as folder:
        file = folder / "inside.pdparams"
        file.write_bytes(members[inside[0]])
        try:
            arrays, notes = state_of(read_pdparams(file))
        except CheckpointError as error:
            raise CheckpointError(f"{error.message}, as {inside[0]} in a tar", file=path, hint=error.hint) from None
    return _widened(arrays), notes


def _student(arrays: dict[str, Array]) -> tuple[dict[str, Array], tuple[str, ...]]:
    """The student of a distillation, where a file holds it beside its teacher."""
    student = {name.removeprefix(_STUDENT): item for name, item in arrays.items() if name.startswith(_STUDENT)}
    others = sorted({name.partition(".")[0] for name in arrays if not name.startswith(_STUDENT)})
    if not student or (others and "Teacher" not in others):
        return arrays, ()
    beside = f"; {' and '.join(others)} are left aside" if others else ""
    return student, (f"the weights are those of Student{beside}",)


def rename(weights: Weights, target: Layout, /) -> dict[str, Array]:
    """The arrays under the names that ``target`` uses for batch-norm statistics; counters of batches are left out."""
    table = {
        name: own for layout in LAYOUTS.values() for name, own in zip(layout.statistics, target.statistics, strict=True)
    }
    renamed = {}
    for name, array in weights.arrays.items():
        module, dot, last = name.rpartition(".")
        if last != "num_batches_tracked":
            renamed[f"{module}{dot}{table.get(last, last)}"] = array
    return renamed


def format_of(framework: str, /) -> str:
    """What safetensors' metadata call the layout of a framework's weights."""
    return LAYOUTS[framework].formats[0] if framework in LAYOUTS else "datatool"


def _read_safetensors(path: Path) -> tuple[dict[str, Array], str | None]:
    """Arrays, and the layout that the file's own metadata state, as `transformers` and `timm` write them."""
    from safetensors import deserialize, safe_open

    try:
        check_count(_count_tensors(path), path)
        with safe_open(str(path), framework="np") as file:
            kinds = {name: str(file.get_slice(name).get_dtype()) for name in file.keys()}  # noqa: SIM118 - not a dict
            _check_kinds(kinds, path)
            format_ = (file.metadata() or {}).get("format", "")
            arrays = {name: file.get_tensor(name) for name, kind in kinds.items() if kind != "BF16"}
        whole = deserialize(path.read_bytes()) if "BF16" in kinds.values() else ()  # type: ignore[no-untyped-call]
        for name, item in whole:
            if kinds[name] == "BF16":
                arrays[name] = from_bfloat16(np.frombuffer(item["data"], "<u2").reshape(item["shape"]))
    except CheckpointError:
        raise
    except Exception as error:  # noqa: BLE001 - shapes that numpy has not raise anything
        what = str(error) or type(error).__name__
        if any(sign in what for sign in _CUT_SHORT):
            raise cut_short(path, what) from None
        raise CheckpointError(f"weights must be a whole safetensors file; got '{what[:_SHOWN]}'", file=path) from None
    return arrays, next((layout.name for layout in LAYOUTS.values() if format_ in layout.formats), None)


def _count_tensors(path: Path) -> int:
    """At least as many as the header has: each is an object of its JSON."""
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        return file.read(min(length, MAX_HEADER)).count(b"{")


def _check_kinds(kinds: Mapping[str, str], path: Path) -> None:
    for name, kind in kinds.items():
        if kind not in _READ:
            raise CheckpointError(f"weights must be whole, float or bfloat16 numbers; '{name}' is {kind}", file=path)


def _widened(arrays: Mapping[str, Array]) -> dict[str, Array]:
    """With float32 for bfloat16: numpy has none, so that Paddle, which has no uint16, saves its bits as that."""
    halves = {id(item): item for item in arrays.values() if item.dtype == np.uint16}
    wide = {key: from_bfloat16(item) for key, item in halves.items()}
    return {name: wide.get(id(item), item) for name, item in arrays.items()}


def _without_wrapper(arrays: dict[str, Array]) -> dict[str, Array]:
    """Under the names of the model itself, where a trainer wrapped it as a whole."""
    for wrapper in _WRAPPERS:
        if all(name.startswith(wrapper) for name in arrays):
            arrays = {name.removeprefix(wrapper): array for name, array in arrays.items()}
    return arrays


def _layout(arrays: Mapping[str, Array]) -> str | None:
    """By the names of batch-norm statistics."""
    lasts = {name.rpartition(".")[2] for name in arrays}
    return next((layout.name for layout in LAYOUTS.values() if lasts.intersection(layout.statistics)), None)
