"""What a command was given, resolved into parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from datatool.schemas import TRAIN, Dataset, DatasetError, Part


def resolve(
    dataset: str | None,
    /,
    *,
    splits: Mapping[str, str] = {},
    root: str | Path | None = None,
    names: str | Path | None = None,
    synthetic: Sequence[str] = (),
) -> Dataset:
    """Settle where rows come from.

    Args:
        dataset: A list, table, folder or dataset file; ``-`` is standard input; None where ``splits`` says all.
        splits: Split name -> list, table or folder.
        root: Where paths are opened; default: the folder of their list.
        names: File of `id name` lines.
        synthetic: `fnmatch` patterns; matching paths, as written, have the source "synthetic".

    Raises:
        DatasetError: If nothing is given, or something does not exist.
    """
    given = {} if dataset is None else {TRAIN: dataset}
    given.update(splits)
    if not given:
        raise DatasetError("a data set must be given; got none", hint="datatool audit LIST")
    parts = [
        Part(kind="list", path=path, root=Path(root) if root else Path(path).parent, split=split)
        for split, path in given.items()
    ]
    for part in parts:
        if part.path != "-" and not Path(part.path).exists():
            raise DatasetError(f"data set must exist; got '{part.path}'")
    return Dataset(parts=tuple(parts), names=Path(names) if names else None, synthetic=tuple(synthetic))
