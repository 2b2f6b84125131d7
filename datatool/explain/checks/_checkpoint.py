"""A look at the file of weights: whether it is there, what lies beside it, what names it has."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from datatool.explain.checks._place import Looked, Place
from datatool.schemas import DatatoolError

_PDPARAMS: Final = ".pdparams"  # which PaddleClas appends to what it is given
_SUFFIXES: Final = (".pdparams", ".pdopt", ".pdstates", ".pdema")
_HEAD: Final = re.compile(r"(?:^|\.)(?:fc|head|linear|classifier|out)\w*\.weight$")
_MODELS: Final = ("inference.json", "inference.pdmodel")


def look_at_checkpoint(words: Sequence[str], place: Place, /) -> Looked:
    """The cause holds where one of the words is true of the file."""
    named = place.groups.get("path") or place.named.get("WEIGHTS")
    if not named:
        return Looked(verdict=None, found="the log names no file of weights")
    looks = [_LOOKS[word](place.path(named)) for word in words]
    return min(looks, key=lambda looked: (looked.verdict != "confirmed", looked.verdict is None))


def _stem(path: Path) -> Path:
    return path.with_suffix("") if path.suffix in _SUFFIXES else path


def _file(path: Path) -> Path:
    return path if path.is_file() else Path(f"{_stem(path)}{_PDPARAMS}")


def _told(holds: bool, yes: str, no: str) -> Looked:
    return Looked(verdict="confirmed" if holds else "ruled-out", found=yes if holds else no)


def _missing(path: Path) -> Looked:
    here = path.exists() or _file(path).exists()
    return _told(not here, f"neither {path} nor {_file(path).name} beside it is there", f"{path} is there")


def _folder(path: Path) -> Looked:
    return _told(_stem(path).is_dir(), f"{_stem(path)} is a folder", f"{_stem(path)} is no folder")


def _alone(path: Path) -> Looked:
    stem = _stem(path)
    lacking = [suffix for suffix in (".pdopt", ".pdstates") if not Path(f"{stem}{suffix}").exists()]
    alone = Path(f"{stem}{_PDPARAMS}").exists() and bool(lacking)
    return _told(
        alone, f"{stem}{_PDPARAMS} is there without {' and '.join(lacking)}", f"{stem} is complete or not there"
    )


def _other_version(path: Path) -> Looked:
    others = [name for name in _MODELS if name != path.name and (path.parent / name).exists()]
    return _told(
        bool(others) and not path.exists(),
        f"{path.parent} has {', '.join(others)} and no {path.name}",
        f"{path.parent} has no model of the other version",
    )


def _names(path: Path) -> list[str] | Looked:
    from datatool.models import read_weights

    if not _file(path).exists():
        return Looked(verdict=None, found=f"{path} is not here")
    try:
        return list(read_weights(_file(path)).arrays)
    except DatatoolError as error:
        return Looked(verdict=None, found=f"it cannot be read: {error}")


def _headless(path: Path) -> Looked:
    names = _names(path)
    if isinstance(names, Looked):
        return names
    heads = [name for name in names if _HEAD.search(name)]
    return _told(not heads, f"{_file(path).name} has no head", f"{_file(path).name} has a head: {', '.join(heads[:3])}")


def _listed(path: Path) -> Looked:
    """What the file has; whether it fits is for the person to see, the model being known only to the run."""
    names = _names(path)
    if isinstance(names, Looked):
        return names
    return Looked(verdict=None, found=f"{_file(path).name} has {len(names)} tensors, the first is {names[0]}")


_LOOKS: Final[Mapping[str, Callable[[Path], Looked]]] = {
    "missing": _missing,
    "folder": _folder,
    "alone": _alone,
    "other-version": _other_version,
    "headless": _headless,
    "foreign": _listed,
    "wrapped": _listed,
}
