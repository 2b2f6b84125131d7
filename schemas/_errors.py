"""Every error that datatool raises on purpose.

    DatatoolError                  something a user can mend; exit code 2
    +-- DatasetError               a list, table, folder or dataset file that cannot be read as rows
    +-- FindingsError              rows whose findings stop the command; exit code 1
    +-- PlanError                  a plan that cannot be made, met or opened
    +-- ConfigError                a recipe or an option
    +-- LoaderError                images, engines and memory while loading
    +-- CheckpointError            weights and checkpoints that do not fit, are torn or are unsafe
    +-- MissingDependencyError     an optional package that is not installed

The message is one sentence: ``<what> must <rule>; got <value> (<file>:<line>). Hint: <next command>.``
"""

from __future__ import annotations

from typing import ClassVar

from datatool.schemas._shown import escaped, shown_message


class DatatoolError(Exception):
    """Root of the tree.

    Args:
        message: One clause without a full stop, the offending value included; a long value is cut, and control
            characters are spelled out.
        file: Where the fault stands, if it stands in a file.
        line: 1-based line in ``file``.
        hint: What to do next, without a full stop.

    >>> str(DatatoolError("label must be an integer; got 'cat'", file="a.txt", line=3, hint="run datatool audit a.txt"))
    "label must be an integer; got 'cat' (a.txt:3). Hint: run datatool audit a.txt."
    """

    exit_code: ClassVar[int] = 2

    def __init__(
        self, message: str, /, *, file: object = None, line: int | None = None, hint: str | None = None
    ) -> None:
        message = shown_message(message)
        super().__init__(message)
        self.message = message
        self.file = None if file is None else str(file)
        self.line = line
        self.hint = hint

    def __str__(self) -> str:
        where = "" if self.file is None else f" ({escaped(self.file)}{'' if self.line is None else f':{self.line}'})"
        hint = "" if self.hint is None else f" Hint: {escaped(self.hint)}{'' if self.hint.endswith('?') else '.'}"
        return f"{self.message}{where}.{hint}"


class DatasetError(DatatoolError):
    """A list, table, folder or dataset file cannot be read as rows."""


class FindingsError(DatatoolError):
    """The rows have findings that stop the command."""

    exit_code = 1


class PlanError(DatatoolError):
    """A plan cannot be made as asked, or a plan folder cannot be opened."""


class ConfigError(DatatoolError):
    """A recipe, an override or an option has an unknown name or an unusable value."""


class LoaderError(DatatoolError):
    """Images cannot be loaded within the budget, or an engine or its memory failed."""


class CheckpointError(DatatoolError):
    """Weights do not fit the model, or a checkpoint is torn, foreign or unsafe to read."""


class MissingDependencyError(DatatoolError):
    """An optional package is needed and not installed; the hint is the install command."""
