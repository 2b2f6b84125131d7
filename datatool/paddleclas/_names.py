"""The file of class names of a YAML, as PaddleClas reads it: a fault in it costs every name, with a line in the log."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from datatool.errors import DatasetError
from datatool.paddleclas._config import ClasConfig
from datatool.rows import read_names

_KEY: Final = "Infer.PostProcess.class_id_map_file"


@dataclass(frozen=True, kw_only=True)
class MapFile:
    """The names of a YAML.

    Attributes:
        key: The key that names the file.
        path: The file, as seen from here.
        ids: Its ids; empty where PaddleClas would lose the names.
        fault: Why it would; None where it reads them.
        is_ours: Whether we can read the file too.
    """

    key: str
    path: Path
    ids: frozenset[int]
    fault: str | None
    is_ours: bool = False


def map_file(config: ClasConfig, /) -> MapFile | None:
    """The file of names, read by PaddleClas's rule; None where the YAML names none."""
    value = config.get(_KEY)
    if not isinstance(value, str):
        return None
    path = Path(config.place(value))
    if not os.path.exists(path):
        return MapFile(key=_KEY, path=path, ids=frozenset(), fault="it is not there")
    delimiter = config.get("Infer.PostProcess.delimiter", " ")
    ids = set()
    try:
        for number, line in enumerate(_text(path).split("\n"), start=1):
            if line or number == 1:
                ids.add(_id(line, str(delimiter), number))
    except (OSError, ValueError) as error:
        return MapFile(key=_KEY, path=path, ids=frozenset(), fault=str(error))
    return MapFile(key=_KEY, path=path, ids=frozenset(ids), fault=None, is_ours=_is_ours(path))


def _is_ours(path: Path) -> bool:
    try:
        return bool(read_names(path))
    except DatasetError:
        return False


def _id(line: str, delimiter: str, number: int) -> int:
    first = line.partition(delimiter)[0]
    try:
        return int(first)
    except ValueError:
        raise ValueError(f"line {number} must begin with an id; it begins with '{first[:40]}'") from None


def _text(path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        text = path.read_text(encoding="gbk")
    return text.removesuffix("\n")
