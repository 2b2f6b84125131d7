"""A YAML of PaddleClas as PaddleClas resolves it: the file, then `-o`, paths against the working directory."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from datatool.errors import ConfigError
from datatool.paddleclas._values import option_value, yaml_value
from datatool.schemas import load_yaml, whole_number

Form = Literal["sections", "six-section"]

_SECTIONS: Final = ("DataLoader", "Arch")
_SIX: Final = ("TRAIN", "VALID", "ARCHITECTURE", "classes_num")
_MOST_BYTES: Final = 16 << 20  # of a YAML; the largest one that is shipped has 20 kB


@dataclass(frozen=True, kw_only=True)
class ClasConfig:
    """A resolved YAML.

    Attributes:
        file: The YAML.
        cwd: Where PaddleClas runs; None is the working directory of this process.
        tree: Nested dicts and lists.
        form: Whether it has the sections of release 2.1 and later, or the six of release 2.0 and before.
        created: Keys of overrides that the file does not have: PaddleClas makes them without an error.
    """

    file: Path
    cwd: Path | None
    tree: dict[str, Any]
    form: Form
    created: tuple[str, ...] = ()

    def get(self, key: str, /, default: Any = None) -> Any:
        """The value of a dotted key; None in the file, and what is not there, are ``default``."""
        place: Any = self.tree
        for part in key.split("."):
            if isinstance(place, list) and (index := whole_number(part)) is not None and index < len(place):
                place = place[index]
            elif isinstance(place, dict):
                place = place.get(part)
            else:
                return default
        return default if place is None else place

    def place(self, path: str, /) -> str:
        """A path of the YAML, as seen from here."""
        return path if self.cwd is None else os.path.join(self.cwd, path)


def read_config(file: Path | str, /, *, overrides: Sequence[str] = (), cwd: Path | str | None = None) -> ClasConfig:
    """Read a YAML and apply overrides in order.

    Raises:
        ConfigError: If it is no YAML of PaddleClas, or an override is none that it would take.
    """
    file = Path(file)
    cwd = None if cwd is None else Path(cwd)
    if cwd is not None and not cwd.is_dir():
        raise ConfigError(f"--cwd must be a folder; got '{cwd}'")
    tree = _read(file)
    form = _form(tree, file)
    created = []
    for text in overrides:
        key, value = split_override(text)
        if assign(tree, key, option_value(value, key=key)):
            created.append(key)
    return ClasConfig(file=file, cwd=cwd, tree=tree, form=form, created=tuple(created))


def split_override(text: str, /) -> tuple[str, str]:
    """Key and value of an override, which PaddleClas splits at its only ``=``.

    Raises:
        ConfigError: If there is none, or more than one.
    """
    key, *values = text.split("=")
    if len(values) != 1 or not key:
        raise ConfigError(
            f"an override of PaddleClas must be KEY=VALUE with a single '='; got '{text}'",
            hint="write a further '=' inside a quoted value as \\x3d",
        )
    return key, values[0]


def assign(tree: dict[str, Any], key: str, value: Any, /) -> bool:
    """Set a dotted key in place, as PaddleClas does; whether that made a new field.

    Raises:
        ConfigError: If the key leads through something that has no fields, or past a list's end.
    """
    *path, last = key.split(".")
    place: Any = tree
    new = False
    for part in path:
        if isinstance(place, dict) and part not in place:
            place[part] = {}
            new = True
        place = _inside(place, part, key)
    if isinstance(place, dict):
        new = new or last not in place
        place[last] = value
        return new
    _inside(place, last, key)
    place[int(last)] = value
    return new


def _inside(place: Any, part: str, key: str) -> Any:
    if isinstance(place, dict):
        return place[part]
    if not isinstance(place, list):
        raise ConfigError(f"an override must lead through sections and lists; '{part}' of '{key}' stands below neither")
    index = whole_number(part)
    if index is None or index >= len(place):
        raise ConfigError(f"an index of an override must be 0 to {len(place) - 1}; got '{part}' in '{key}'")
    return place[index]


def _read(file: Path) -> dict[str, Any]:
    try:
        if file.stat().st_size > _MOST_BYTES:
            raise ConfigError(f"a YAML of PaddleClas must be a text of some pages; got {file.stat().st_size:,} bytes")
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise ConfigError(f"a YAML of PaddleClas must be UTF-8; got '{file}'") from None
    except OSError as error:
        raise ConfigError(f"a YAML of PaddleClas must be a readable file; got '{file}' ({error.strerror})") from None
    given = load_yaml(text, file=file, core=False)
    if not isinstance(given, dict):
        raise ConfigError(f"a YAML of PaddleClas must be sections with keys; got {type(given).__name__}", file=file)
    read: dict[str, Any] = yaml_value(given)
    return read


def _form(tree: dict[str, Any], file: Path) -> Form:
    if any(isinstance(tree.get(name), dict) for name in _SECTIONS):
        return "sections"
    if any(name in tree for name in _SIX):
        return "six-section"
    hint = "for a recipe of datatool use datatool config show" if "model" in tree or "data" in tree else None
    raise ConfigError(
        "a YAML of PaddleClas must have Arch and DataLoader, or ARCHITECTURE and TRAIN; got "
        f"{', '.join(map(str, list(tree)[:5])) or 'nothing'}",
        file=file,
        hint=hint,
    )
