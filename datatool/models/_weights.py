"""Weight files of any framework, as arrays by name, and their names as another framework has them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from datatool.errors import CheckpointError
from datatool.frameworks import LAYOUTS, Array, Layout
from datatool.models._unpickle import from_bfloat16, read_pdparams, read_pth

_WRAPPERS: Final = ("module.", "_orig_mod.", "model.", "backbone.", "student.")
_READ: Final = frozenset(  # safetensors' dtypes
    ("BOOL", "I8", "I16", "I32", "I64", "U8", "U16", "U32", "U64", "BF16", "F16", "F32", "F64")
)


@dataclass(frozen=True, kw_only=True)
class Weights:
    """A file's arrays.

    Attributes:
        arrays: Name -> values.
        layout: Which framework's names and linear layout they have; None where the file does not tell.
    """

    arrays: Mapping[str, Array]
    layout: str | None


def read_weights(path: Path, /) -> Weights:
    """Read safetensors, `.pdparams` or `.pth` without running code.

    Raises:
        CheckpointError: If the file is missing, damaged, of another kind, or asks for anything but data.
    """
    readers: dict[str, Callable[[Path], dict[str, Any]]] = {
        ".safetensors": _read_safetensors,
        ".pdparams": read_pdparams,
        ".pth": read_pth,
        ".pt": read_pth,
    }
    reader = readers.get(path.suffix)
    if reader is None:
        raise CheckpointError(f"weights must be one of {', '.join(readers)}; got '{path.name}'", file=path)
    if not path.is_file():
        raise CheckpointError(f"model.pretrained must be a file; got '{path}'")
    arrays = _unwrap(reader(path))
    if path.suffix == ".pdparams":  # numpy has no bfloat16: Paddle saves its bits, and has no uint16
        arrays = {name: from_bfloat16(item) if item.dtype == np.uint16 else item for name, item in arrays.items()}
    if not arrays:
        raise CheckpointError("weights must hold arrays by name; got none", file=path)
    return Weights(arrays=arrays, layout=_layout(arrays, path))


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


def _read_safetensors(path: Path) -> dict[str, Any]:
    from safetensors import SafetensorError, deserialize, safe_open

    try:
        with safe_open(str(path), framework="np") as file:
            kinds = {name: str(file.get_slice(name).get_dtype()) for name in file.keys()}  # noqa: SIM118 - not a dict
            _check_kinds(kinds, path)
            arrays = {name: file.get_tensor(name) for name, kind in kinds.items() if kind != "BF16"}
        whole = deserialize(path.read_bytes()) if "BF16" in kinds.values() else ()  # type: ignore[no-untyped-call]
        for name, item in whole:
            if kinds[name] == "BF16":
                arrays[name] = from_bfloat16(np.frombuffer(item["data"], "<u2").reshape(item["shape"]))
    except SafetensorError as error:
        raise CheckpointError(f"weights must be a whole safetensors file; got '{error}'", file=path) from None
    return arrays


def _check_kinds(kinds: Mapping[str, str], path: Path) -> None:
    for name, kind in kinds.items():
        if kind not in _READ:
            raise CheckpointError(f"weights must be whole, float or bfloat16 numbers; '{name}' is {kind}", file=path)


def _stated(path: Path) -> str | None:
    """The layout that a safetensors file's own metadata state, as `transformers` and `timm` write them."""
    from safetensors import safe_open

    with safe_open(str(path), framework="np") as file:
        stated = (file.metadata() or {}).get("format", "")
    return next((layout.name for layout in LAYOUTS.values() if stated in layout.formats), None)


def _unwrap(value: dict[str, Any]) -> dict[str, Array]:
    """Arrays of a state dict, out of the dicts and prefixes that trainers wrap it in."""
    for key in ("state_dict", "model", "model_state_dict"):
        if isinstance(value.get(key), dict):
            value = value[key]
    arrays: dict[str, Array] = {}
    for name, item in value.items():
        if isinstance(item, tuple) and len(item) == 2 and isinstance(item[1], np.ndarray):
            item = item[1]  # Paddle writes (counter name, values)
        if isinstance(item, np.ndarray):
            arrays[str(name)] = np.asarray(item)
    for wrapper in _WRAPPERS:
        if arrays and all(name.startswith(wrapper) for name in arrays):
            arrays = {name.removeprefix(wrapper): array for name, array in arrays.items()}
    return arrays


def _layout(arrays: Mapping[str, Array], path: Path) -> str | None:
    lasts = {name.rpartition(".")[2] for name in arrays}
    for layout in LAYOUTS.values():
        if lasts.intersection(layout.statistics):
            return layout.name
    if path.suffix == ".safetensors":
        return _stated(path)
    return next((layout.name for layout in LAYOUTS.values() if path.suffix in layout.suffixes), None)
