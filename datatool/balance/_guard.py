"""What `balance` refuses to touch: lists for evaluation, and folders that are not plans."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

from datatool.balance._bucket import check_replaceable_on_bucket
from datatool.rows import refuse_odd_url
from datatool.schemas import (
    EVAL_SPLITS,
    INDEX_FILE,
    PLAN_FILE,
    TRAIN,
    ConfigError,
    Dataset,
    PlanError,
    check_file,
    is_url,
)

_EVAL_WORDS: Final = frozenset({"val", "valid", "validation", "eval", "test"})


def check_replaceable(out: Path | str, /) -> None:
    """Raise PlanError unless ``out`` is free or holds a plan."""
    refuse_odd_url(str(out))
    if is_url(out):
        check_replaceable_on_bucket(str(out))
        return
    out = Path(out)
    if not out.exists() or _is_plan(out):
        return
    raise PlanError(
        f"--out must be a new folder or an existing plan; got '{out}', which is neither", hint="choose another --out"
    )


def _is_plan(folder: Path) -> bool:
    """Whether `balance` wrote the folder; other programs have a plan.json too."""
    try:
        with (folder / PLAN_FILE).open("rb") as file:
            head = file.read(256)
    except OSError:
        return False
    return b'"datatool.plan/' in head or (folder / INDEX_FILE).is_file()


def check_export(file: Path, dataset: Dataset, /, *, given: str | None = None) -> None:
    """Raise ConfigError unless ``file`` can be written without taking the place of what is read.

    Args:
        file: Where `--export-list` goes.
        dataset: What is balanced.
        given: DATASET as the user wrote it.
    """
    check_file(file)
    read = [given, dataset.names, dataset.found_names, *(part.path for part in dataset.parts)]
    if os.path.realpath(file) in {os.path.realpath(path) for path in read if path is not None}:
        raise ConfigError(
            f"--export-list must not take the place of a file that is read; got '{file}'", hint="choose another name"
        )


def looks_like_evaluation(path: str, /) -> bool:
    """Whether the name of a list has the word val, valid, validation, eval or test.

    >>> [looks_like_evaluation(path) for path in ("a/val_list.txt", "test.txt.gz", "test/train.txt", "latest.txt")]
    [True, True, False, False]
    """
    return not _EVAL_WORDS.isdisjoint(re.split(r"[^a-z]+", Path(path).name.lower()))


def split_to_balance(dataset: Dataset, /, *, force: bool) -> str:
    """The split a plan is made of: `train`, or with ``force`` the only one there is.

    Raises:
        ConfigError: If there is nothing to train on, or a list is meant for evaluation.
    """
    splits = {part.split for part in dataset.parts}
    why = "what is measured on a balanced list says nothing about real images; --force does it all the same"
    if TRAIN not in splits:
        only = sorted(splits)[0]
        if len(splits) > 1 or not force:
            kind = "is for evaluation" if only in EVAL_SPLITS else "is not train"
            raise ConfigError(f"balance must have a list to train on; the split '{only}' {kind}", hint=why)
        return only
    for part in dataset.parts:
        if part.split == TRAIN and looks_like_evaluation(part.path) and not force:
            raise ConfigError(f"balance must not touch a list for evaluation; got '{part.path}'", hint=why)
    return TRAIN
