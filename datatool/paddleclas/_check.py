"""Weights against the model of a YAML: what PaddleClas would load, and what it would leave out with a warning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from datatool.errors import CheckpointError, ConfigError
from datatool.frameworks import Array, open_framework
from datatool.models import (
    Weights,
    as_paddleclas,
    classifier_of,
    find_head,
    located,
    make_backbone,
    model_tensors,
    read_raw,
    read_weights,
    translated,
)
from datatool.paddleclas._class_num import DEFAULT, class_num_of
from datatool.paddleclas._config import ClasConfig
from datatool.paddleclas._old_names import as_release_2_0
from datatool.runs import backbone_of
from datatool.schemas import PaddleClasCheck, atomic_file, require

_SUFFIX: Final = ".pdparams"


@dataclass(frozen=True, kw_only=True)
class _Net:
    """The model of a YAML.

    Attributes:
        name: As the YAML has it.
        backbone: What datatool builds for it.
        shapes: Name in PaddleClas -> shape, of every tensor.
        ours: The same names -> names in datatool's model.
        head: Prefix of the head's names in PaddleClas.
        our_head: The same in datatool's model.
        class_num: Outputs.
    """

    name: str
    backbone: str
    shapes: dict[str, tuple[int, ...]]
    ours: dict[str, str]
    head: str
    our_head: str
    class_num: int

    def is_head(self, name: str, /) -> bool:
        return name.startswith(f"{self.head}.")


@dataclass(frozen=True, kw_only=True)
class _Match:
    matched: list[str]
    missing: list[str]
    unexpected: list[str]
    reshaped: list[str]


def check_weights(config: ClasConfig, weights: Path | str, /, *, write: Path | None = None) -> PaddleClasCheck:
    """Compare a weight file with the model of a YAML.

    Args:
        config: From `read_config`.
        weights: A file, a path without `.pdparams`, a `.tar`, or a folder of variables.
        write: Write the weights there under the names that PaddleClas takes, where they fit the model.

    Raises:
        ConfigError: If the YAML's model cannot be built, or the weights do not fit and are to be written.
        CheckpointError: If the file cannot be read as weights.
    """
    weights = Path(weights)
    raw = _read(weights)
    net = _net(config)
    found = _match(net, raw.arrays)
    problem = _not_found(weights) or _left_out(net, found)
    fitting = None if problem is None else _fitting(net, weights)
    if write is not None:
        _write(write, net, raw.arrays if problem is None else fitting)
    return PaddleClasCheck(
        yaml=str(config.file),
        weights=str(weights),
        arch=net.name,
        built_as=net.backbone,
        matched=len([name for name in found.matched if not net.is_head(name)]),
        missing=[name for name in found.missing if not net.is_head(name)],
        unexpected=found.unexpected,
        reshaped=[text for text in found.reshaped if not net.is_head(text)],
        head=_head(net, found),
        class_num=net.class_num,
        class_num_in_file=_file_class_num(net, raw.arrays),
        notes=list(raw.notes),
        problem=problem,
        fits_after_translation=fitting is not None,
    )


def _read(weights: Path) -> Weights:
    try:
        return read_raw(weights)
    except CheckpointError as error:
        message = error.message.replace("model.pretrained", "WEIGHTS")  # as the command calls them
        raise CheckpointError(message, file=error.file, line=error.line, hint=error.hint) from None


def _net(config: ClasConfig) -> _Net:
    name, prefix = _arch(config)
    class_num = class_num_of(config).value or DEFAULT
    backbone = backbone_of(name)
    kit = open_framework("paddle")
    model = make_backbone(backbone, framework="paddle", class_num=class_num, base=config.file.parent)
    head = find_head(kit, model)
    classifier, _ = classifier_of(kit, model, head)
    tensors = model_tensors(kit, model)
    names = as_paddleclas(list(tensors), backbone)
    if config.form == "six-section":
        names = as_release_2_0(names)
    theirs = {f"{prefix}{name}": ours for ours, name in names.items()}
    return _Net(
        name=name,
        backbone=backbone,
        shapes={name: tuple(int(size) for size in tensors[ours].shape) for name, ours in theirs.items()},
        ours=theirs,
        head=f"{prefix}{names[f'{classifier}.weight'].rpartition('.')[0]}",
        our_head=head,
        class_num=class_num,
    )


def _arch(config: ClasConfig) -> tuple[str, str]:
    """Name of the architecture, and what PaddleClas puts before its tensors' names."""
    if config.form == "six-section":
        return _named(config, "ARCHITECTURE.name"), ""
    models = config.get("Arch.models")
    if isinstance(models, list):
        for number, one in enumerate(models):
            if isinstance(one, dict) and "Student" in one:
                return _named(config, f"Arch.models.{number}.Student.name"), "Student."
        raise ConfigError("Arch.models must hold a Student to be checked; got none", file=config.file)
    if config.get("Arch.Backbone") is not None:
        return _named(config, "Arch.Backbone.name"), "backbone."
    return _named(config, "Arch.name"), ""


def _named(config: ClasConfig, key: str) -> str:
    value = config.get(key)
    if not isinstance(value, str) or not value.isidentifier():
        raise ConfigError(f"{key} must be the name of an architecture; got {value!r}", file=config.file)
    return value


def _match(net: _Net, arrays: Mapping[str, Array]) -> _Match:
    """Name by name, as `set_state_dict` does: it skips what is missing or has another shape, with a warning."""
    same = [name for name, shape in net.shapes.items() if name in arrays and arrays[name].shape == shape]
    return _Match(
        matched=same,
        missing=[name for name in net.shapes if name not in arrays],
        unexpected=[name for name in arrays if name not in net.shapes],
        reshaped=[
            f"{name}: {list(arrays[name].shape)} -> {list(shape)}"
            for name, shape in net.shapes.items()
            if name in arrays and arrays[name].shape != shape
        ],
    )


def _not_found(weights: Path) -> str | None:
    """PaddleClas adds the suffix where it is not there, and opens nothing else."""
    if located(weights).suffix == _SUFFIX and located(weights).is_file():
        return None
    return f"PaddleClas raises ValueError: Model pretrain path {weights}{_SUFFIX} does not exists."


def _left_out(net: _Net, found: _Match) -> str | None:
    missing = [name for name in found.missing if not net.is_head(name)]
    reshaped = [text for text in found.reshaped if not net.is_head(text)]
    total = len([name for name in net.shapes if not net.is_head(name)])
    if not missing and not reshaped:
        return None
    first = f"'{missing[0]}' is missing" if missing else f"the shape of {reshaped[0]}"
    return (
        f"PaddleClas would start with {len(missing) + len(reshaped):,} of the {total:,} tensors of {net.name} left at "
        f"random, with a warning for each: {first}"
    )


def _fitting(net: _Net, weights: Path) -> dict[str, Array] | None:
    """The arrays under PaddleClas's names, where a translation fills the whole backbone."""
    arrays = read_weights(weights).arrays
    names = {ours: theirs for theirs, ours in net.ours.items()}
    wanted = [ours for ours in names if not ours.startswith(f"{net.our_head}.")]
    if not all(name in arrays for name in wanted):
        found = translated(arrays, wanted, net.our_head)
        if found is None:
            return None
        arrays = found.arrays
    fits = all(arrays[ours].shape == net.shapes[names[ours]] for ours in wanted)
    return {names[ours]: array for ours, array in arrays.items() if ours in names} if fits else None


def _head(net: _Net, found: _Match) -> str:
    names = [name for name in net.shapes if net.is_head(name)]
    if all(name in found.matched for name in names):
        return "kept"
    reshaped = next((text for text in found.reshaped if net.is_head(text)), None)
    if reshaped is not None:
        return f"left at random: {reshaped}"
    return "left at random: the file has none"


def _file_class_num(net: _Net, arrays: Mapping[str, Array]) -> int | None:
    weight = arrays.get(f"{net.head}.weight")
    return None if weight is None or weight.ndim != 2 else int(weight.shape[1])


def _write(file: Path, net: _Net, arrays: Mapping[str, Array] | None) -> None:
    if arrays is None:
        raise ConfigError(
            f"--write must have weights that fill the backbone of {net.name}; got others",
            hint="give Arch.name as these weights have it",
        )
    if file.suffix != _SUFFIX:
        raise ConfigError(f"--write must end in {_SUFFIX}; got '{file}'")
    paddle: Any = require("paddle", extra="paddle")
    with atomic_file(file) as temporary:
        paddle.save({name: paddle.to_tensor(array) for name, array in arrays.items()}, str(temporary))
