"""Options that several commands share: a dataclass whose fields are one option each."""

from __future__ import annotations

import dataclasses
import functools
import inspect
from collections.abc import Callable
from inspect import Parameter
from typing import Any


def spread(command: Callable[..., None], /) -> Callable[..., None]:
    """Put, for typer, the fields of a command's dataclass parameters in place of those parameters.

    ``def audit(given: DatasetOptions, ...)`` then has every option of `DatasetOptions`, and gets them as one object.
    """
    parameters = inspect.signature(command, eval_str=True).parameters
    shared = {name: _fields(one.annotation) for name, one in parameters.items() if _is_shared(one)}

    @functools.wraps(command)
    def spread_out(**options: Any) -> None:
        for name, fields in shared.items():
            given = {field.name: options.pop(field.name) for field in fields}
            options[name] = parameters[name].annotation(**given)
        command(**options)

    listed = [field for name, one in parameters.items() for field in shared.get(name, [one])]
    signature = inspect.Signature([one.replace(kind=Parameter.KEYWORD_ONLY) for one in listed])
    spread_out.__signature__ = signature  # type: ignore[attr-defined]
    spread_out.__annotations__ = {one.name: one.annotation for one in listed}
    return spread_out


def _is_shared(parameter: Parameter) -> bool:
    return isinstance(parameter.annotation, type) and dataclasses.is_dataclass(parameter.annotation)


def _fields(kind: Any) -> list[Parameter]:
    return list(inspect.signature(kind, eval_str=True).parameters.values())
