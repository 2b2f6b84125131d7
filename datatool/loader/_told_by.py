"""Loaders built from the fields of a dataclass, each written once and seen by type checkers and `help`."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

_P = ParamSpec("_P")
_Options = TypeVar("_Options")
_Loader = TypeVar("_Loader")
_Subject = TypeVar("_Subject")


def told_by(
    options: Callable[_P, _Options], /
) -> Callable[[Callable[[_Loader, _Subject, _Options], None]], Callable[Concatenate[_Loader, _Subject, _P], None]]:
    """Let a loader, whose ``__init__`` takes its subject and an object of ``options``, be built from its fields.

    ``BalancedLoader(plan, batch_size=64)``: type checkers, `help` and `inspect.signature` see every option with its
    type and default, though it is written in the dataclass alone.
    """

    def decorate(
        init: Callable[[_Loader, _Subject, _Options], None],
    ) -> Callable[Concatenate[_Loader, _Subject, _P], None]:
        @functools.wraps(init)
        def build(self: _Loader, subject: _Subject, /, *args: _P.args, **kwargs: _P.kwargs) -> None:
            init(self, subject, options(*args, **kwargs))

        own = list(inspect.signature(init).parameters.values())[:2]
        signature = inspect.signature(options)
        build.__signature__ = signature.replace(  # type: ignore[attr-defined]
            parameters=[*own, *signature.parameters.values()], return_annotation=None
        )
        return build

    return decorate
