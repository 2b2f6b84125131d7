"""A model tried on two pictures before the first step: what it takes, and what it gives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from datatool.errors import ConfigError, DatatoolError
from datatool.frameworks import Framework

_MOST_SHOWN: Final = 200  # characters of what a framework says
_USUAL: Final = 224  # pixels: what nearly every backbone was made for
_WRAP: Final = "give model.backbone a module:callable of your own that returns the logits alone"


def check_model(kit: Framework, model: Any, /, *, class_num: int, image_size: int, mode: str) -> None:
    """Whether a model takes pictures of a recipe's size and gives (N, class_num) logits.

    Args:
        kit: Of the model.
        model: In the mode that it is to be tried in.
        class_num: Of the run.
        image_size: Side of the pictures.
        mode: Of the model, for messages: `training` or `evaluation`.

    Raises:
        ConfigError: If it raises, with what it raised; if it gives something else, with what it gives.
    """
    try:
        found = _run(kit, model, image_size)
    except DatatoolError:
        raise
    except Exception as error:  # whatever other people's layers raise
        raise _takes_no(kit, model, class_num, image_size, mode, f"it raised {reason_of(error)}") from error
    _check_outputs(found, class_num=class_num, mode=mode)
    if not np.isfinite(kit.array(found)).all():
        raise ConfigError(
            f"a model must give finite logits; in {mode} mode it gives NaN or infinity for random pictures",
            hint="its weights may be those of a run that diverged, or of another net",
        )


def _check_outputs(found: Any, *, class_num: int, mode: str) -> None:
    shape = getattr(found, "shape", None)
    if shape is None or isinstance(found, Mapping):
        raise ConfigError(
            f"the backbone must give one tensor of logits, (N, {class_num}); in {mode} mode it gives {_named(found)}",
            hint=_WRAP,
        )
    sizes = tuple(int(size) for size in shape)
    if sizes != (2, class_num):
        raise ConfigError(
            f"the backbone must give one row of logits per picture, (2, {class_num}) for two; in {mode} mode it gives "
            f"{sizes}",
            hint=_WRAP,
        )


def reason_of(error: BaseException, /) -> str:
    """The line of a framework's message that says what is wrong, with the kind of error where it does not."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    told = next((line for line in lines if "Error:" in line), None)
    if told is None:
        told = f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
    return told[:_MOST_SHOWN].rstrip(".")


def _takes_no(kit: Framework, model: Any, class_num: int, image_size: int, mode: str, what: str) -> ConfigError:
    """Why it does not take pictures of this size; where it gives no logits for larger ones either, that."""
    try:
        usual = _run(kit, model, _USUAL)
    except Exception:  # noqa: BLE001 - then its size is not what is wrong
        wanted = f"a batch of pictures, (N, 3, {image_size}, {image_size})"
        return ConfigError(f"the backbone must take {wanted}; in {mode} mode {what}")
    try:
        _check_outputs(usual, class_num=class_num, mode=mode)
    except ConfigError as error:
        return error
    return ConfigError(
        f"the backbone must take pictures of data.image_size {image_size}; in {mode} mode {what}",
        hint=f"set data.image_size to {_USUAL}, with which it runs",
    )


def _run(kit: Framework, model: Any, image_size: int) -> Any:
    images = np.random.default_rng(0).normal(size=(2, 3, image_size, image_size)).astype(np.float32)
    with kit.no_grad():
        return kit.forward(model, kit.tensor(images))


def _named(found: Any) -> str:
    kind = type(found).__name__
    if isinstance(found, Mapping):
        return f"a {kind} with {', '.join(map(str, found))}"
    if isinstance(found, list | tuple):
        return f"a {kind} of {len(found)}"
    return f"a {kind}"
