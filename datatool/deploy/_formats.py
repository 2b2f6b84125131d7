"""What a model can be exported to, by name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Protocol

from datatool.deploy._exported_run import ExportedRun
from datatool.deploy._onnx import OnnxFormat
from datatool.deploy._paddle import PaddleFormat
from datatool.deploy._pdparams import PdparamsFormat
from datatool.errors import CheckpointError, ConfigError
from datatool.schemas import nearest

Run = Callable[[Any], Any]
_AGAIN: Final = "make one with datatool export RUN -o DIR"


class Format(Protocol):
    """One format: how a model is written, and how what was written is run."""

    name: str
    files: tuple[str, ...]
    """Names in the folder, all needed; a folder that has one of them is of this format."""

    def write(self, run: ExportedRun, folder: Path, /) -> str:
        """Write the files; a sentence on how to use them."""

    def open(self, folder: Path, /, *, num_threads: int, bfloat16: bool = False) -> Run:
        """A function of float32 (N, 3, S, S) to logits, float32 (N, class_num); inside perhaps bfloat16."""

    def to_verify(self, folder: Path, run: ExportedRun, /) -> list[Run]:
        """Every way in which what was written will be run."""


FORMATS: Final[dict[str, Format]] = {each.name: each for each in (PaddleFormat(), OnnxFormat(), PdparamsFormat())}


def format_named(name: str, /) -> Format:
    """The format of this name.

    Raises:
        ConfigError: With the nearest name.
    """
    if name in FORMATS:
        return FORMATS[name]
    near = nearest(name, FORMATS)
    hint = None if near is None else f"did you mean '{near}'?"
    raise ConfigError(f"--format must be one of {', '.join(FORMATS)}; got '{name}'", hint=hint)


def format_of(folder: Path, /) -> Format:
    """The format of an exported folder.

    Raises:
        CheckpointError: If it holds no model, or one that lacks a file.
    """
    for each in FORMATS.values():
        missing = [name for name in each.files if not (folder / name).is_file()]
        if not missing:
            return each
        if len(missing) < len(each.files):
            raise CheckpointError(f"a model folder must hold '{missing[0]}'; got '{folder}' without", hint=_AGAIN)
    raise CheckpointError(f"a model folder must hold an exported model; got '{folder}'", hint=_AGAIN)
