"""Weights that a framework has for its own backbones, fetched and kept by the framework itself."""

from __future__ import annotations

import contextlib
import inspect
import io
import logging
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from datatool.errors import CheckpointError, ConfigError
from datatool.models._backbones import paddle_vision_maker, timm_package
from datatool.models.weights import Weights, check_kind, read_weights
from datatool.schemas import require

DEFAULT_WEIGHTS: Final = "default"  # as model.pretrained has it; a file of that name is ./default
_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Pretrained:
    """Arrays, and the name that they are told under.

    Attributes:
        weights: Names and values.
        file: The file, or `timm:NAME` where the framework does not tell its file.
    """

    weights: Weights
    file: Path


def check_pretrained(pretrained: str, /, *, backbone: str, base: Path) -> None:
    """Look at weights before anything is built; what Paddle has to fetch is fetched.

    Args:
        pretrained: `model.pretrained`: a path, or `default`.
        backbone: `model.backbone`.
        base: The folder that the path is relative to.

    Raises:
        CheckpointError: If the file is none of weights, or cannot be fetched.
        ConfigError: If there are no such weights for this backbone.
    """
    if pretrained != DEFAULT_WEIGHTS:
        check_kind(base / pretrained)
    elif _place(backbone) == "timm":
        _timm_weights_exist(backbone)
    else:
        _fetched_by_paddle(backbone)


def open_pretrained(pretrained: str, /, *, backbone: str, base: Path) -> Pretrained:
    """Read weights: those of a file, or those that the framework has for a backbone.

    Raises:
        CheckpointError: As `check_pretrained`, and where the file is damaged.
        ConfigError: As `check_pretrained`.
    """
    if pretrained == DEFAULT_WEIGHTS and _place(backbone) == "timm":
        return _of_timm(backbone)
    file = _fetched_by_paddle(backbone) if pretrained == DEFAULT_WEIGHTS else base / pretrained
    return Pretrained(weights=read_weights(file), file=file)


def _place(backbone: str) -> str:
    """Whose weights `default` means."""
    place = backbone.partition(":")[0]
    if place in _FRAMEWORKS:
        return place
    raise ConfigError(
        f"model.pretrained: default must go with a backbone of {' or '.join(_FRAMEWORKS)}, which have weights of "
        f"their own; got '{backbone}'",
        hint=_WAYS_ON.get(place, "give a file of its weights, or let the function that makes it load them"),
    )


_FRAMEWORKS: Final = ("paddle.vision", "timm")
_WAYS_ON: Final = {
    "datatool": "give a file: those of PaddleClas for the network of that name fit (ResNet50_vd_pretrained.pdparams)",
    "paddleclas": "give a file: PaddleClas names one for each network in its model zoo",
}


def _fetched_by_paddle(backbone: str) -> Path:
    """Where Paddle keeps the file, fetched by Paddle unless it is there."""
    name = backbone.partition(":")[2]
    url, digest = _paddle_source(name)
    require("paddle", extra="paddle")
    from paddle.utils import download

    file = Path(download.WEIGHTS_HOME) / url.rpartition("/")[2]
    if not file.exists():
        _log.info("fetching %s to %s, once", url, file.parent)
    try:
        with _bar_on_a_terminal_only():
            return Path(download.get_weights_path_from_url(url, digest))
    except (RuntimeError, OSError) as error:
        state = f"the file there is another (MD5 {digest} is asked for)" if file.exists() else str(error).rstrip("!. ")
        raise CheckpointError(
            f"the weights of {backbone} must be at '{file}', or come from {url}; got: {state}",
            hint=f"fetch that address where there is a network and put the file at {file}, or give its path as "
            "model.pretrained",
        ) from None


def _paddle_source(name: str) -> tuple[str, str]:
    """Address and MD5 in the table that stands in the module of a backbone.

    Nets of several widths stand there with the width that is built by default: `mobilenet_v3_small_x1.0`.
    """
    table = getattr(inspect.getmodule(paddle_vision_maker(name)), "model_urls", {})
    plain = name.replace("_", "")
    names = (plain, f"{plain}x1.0", f"{plain}1.0")
    found = next((source for key, source in table.items() if key.replace("_", "") in names), None)
    if found is None:
        near = f"; of its kind there are weights for {', '.join(table)}" if table else ""
        raise ConfigError(
            f"model.pretrained: default must go with a backbone that Paddle has weights for; got "
            f"'paddle.vision:{name}'{near}",
            hint="give a file of its weights",
        )
    return str(found[0]), str(found[1])


def _timm_weights_exist(backbone: str) -> Any:
    """The package, which has weights of that name."""
    name = backbone.partition(":")[2]
    timm = timm_package(name)
    if not timm.is_model_pretrained(name):
        raise ConfigError(
            f"model.pretrained: default must go with a backbone that timm has weights for; got '{backbone}'",
            hint="timm.list_models(pretrained=True) has their names",
        )
    return timm


def _of_timm(backbone: str) -> Pretrained:
    """Weights of timm's own model: its files may have other names than its models."""
    timm, name = _timm_weights_exist(backbone), backbone.partition(":")[2]
    try:
        with _bar_on_a_terminal_only():
            model = timm.create_model(name, pretrained=True)
    except Exception as error:  # noqa: BLE001 - each way of fetching has exceptions of its own
        raise CheckpointError(
            f"the weights of {backbone} must come from the network or lie in the cache of timm; got "
            f"{type(error).__name__}: {' '.join(str(error).split())}",
            hint=f"run python -c \"import timm; timm.create_model('{name}', pretrained=True)\" where there is a "
            f"network and copy {_timm_cache()} from there, or give a file as model.pretrained",
        ) from None
    arrays = {key: tensor.detach().cpu().numpy() for key, tensor in model.state_dict().items()}
    seen = model.pretrained_cfg
    size, mean, std = ([round(value, 4) for value in seen[key]] for key in ("input_size", "mean", "std"))
    note = f"timm trained {name} on pictures of {size[-1]} pixels with data.mean {mean} and data.std {std}"
    return Pretrained(weights=Weights(arrays=arrays, layout="torch", notes=(note,)), file=Path(backbone))


def _timm_cache() -> str:
    from huggingface_hub.constants import HF_HUB_CACHE

    return str(HF_HUB_CACHE)


@contextlib.contextmanager
def _bar_on_a_terminal_only() -> Iterator[None]:
    """The frameworks draw their bars into logs too."""
    if sys.stderr.isatty():
        yield
        return
    with contextlib.redirect_stderr(io.StringIO()):
        yield
