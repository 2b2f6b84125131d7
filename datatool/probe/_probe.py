"""Rows seen through a frozen backbone."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from datatool.audit.images import THREADS, open_engine
from datatool.errors import ConfigError
from datatool.features import Features, list_features
from datatool.probe._backbone import Backbone, run_base
from datatool.probe._frozen import FrozenModel
from datatool.probe._rows import ProbeRows
from datatool.probe._spread import FeatureTask
from datatool.runs import read_run_recipe, stage_recipes
from datatool.schemas import DatasetError, DatatoolError, join_place, scratch_folder, some_named, user_cache
from datatool.storage import locate_all, open_plan

_LOG: Final = logging.getLogger("datatool.probe")
_MIN_SPREAD: Final = 1e-6  # of features; below it a backbone says the same of every picture

Floats = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True, eq=False)
class Probe:
    """Readable rows with the features of their pictures.

    Attributes:
        rows: Those whose picture could be read.
        unreadable: The others.
        shaped: float32 (N, *shape), as the head takes them.
        backbone: What was named.
        model: What features come from.
        home: Where they are kept.
        engine: Where they are computed.
    """

    rows: ProbeRows
    unreadable: ProbeRows
    shaped: Floats
    backbone: Backbone
    model: FrozenModel
    home: Path
    engine: str | None = None

    @property
    def features(self) -> Floats:
        """float32 (N, D)."""
        return self.shaped.reshape(len(self.shaped), -1)

    @cached_property
    def mirrored(self) -> Floats:
        """float32 (N, D): features of the mirror images."""
        found = _features(self.model, self.rows, self.backbone, self.home, self.engine, mirrored=True).array
        return found.reshape(len(found), -1)


@contextmanager
def open_probe(
    rows: ProbeRows, backbone: Backbone, /, *, home: Path | None = None, engine: str | None = None
) -> Iterator[Probe]:
    """Compute or read the features of rows.

    Args:
        rows: At least one.
        backbone: From `settle_backbone`.
        home: Where features are kept; None is the user's cache folder.
        engine: Where features are computed: None is this process; `ray`, or `ray:ADDRESS`.

    Raises:
        ConfigError: If the backbone was trained on these rows, or cannot be cut before its head, or there is no such
            engine.
        DatasetError: If no picture can be read.
    """
    refuse_known(rows, backbone)
    open_engine(engine)
    with _writable(home or user_cache()) as folder:
        model = FrozenModel(backbone, rows.locators, class_num=max(len(rows.classes), 2), home=folder)
        found = _features(model, rows, backbone, folder, engine)
        _say_unreadable(rows.some(~found.readable))
        if not found.readable.any():
            raise DatasetError("pictures must be readable; none is", hint="run datatool audit --images")
        shaped = found.array[found.readable]
        _refuse_blind(shaped)
        yield Probe(
            rows=rows.some(found.readable),
            unreadable=rows.some(~found.readable),
            shaped=shaped,
            backbone=backbone,
            model=model,
            home=folder,
            engine=engine,
        )


def _features(
    model: FrozenModel,
    rows: ProbeRows,
    backbone: Backbone,
    home: Path,
    engine: str | None,
    *,
    mirrored: bool = False,
) -> Features:
    prefix, elsewhere = model.prefix, None
    if engine not in (None, THREADS):
        task = FeatureTask(backbone=backbone, class_num=model.class_num, key=prefix.key, mirrored=mirrored)
        elsewhere = partial(open_engine(engine).map, task)
    return list_features(
        prefix,
        rows.locators,
        backbone.recipe.data,
        home=home,
        mirrored=mirrored,
        compared=not model.is_noted,
        elsewhere=elsewhere,
    )


def _refuse_blind(shaped: Floats) -> None:
    if not np.isfinite(shaped).all():
        raise ConfigError("features must be finite; this backbone's are not", hint="look at its weights and transform")
    if len(shaped) > 1 and float(shaped.std(axis=0).max()) < _MIN_SPREAD:
        raise ConfigError("a backbone must tell pictures apart; this one gives all of them the same features")


@contextmanager
def _writable(home: Path) -> Iterator[Path]:
    try:
        home.mkdir(parents=True, exist_ok=True)
        usable = os.access(home, os.W_OK)
    except OSError:
        usable = False
    if usable:
        yield home
        return
    _LOG.warning("features are not kept: '%s' cannot be written", home)
    with scratch_folder() as folder:
        yield folder


def refuse_known(rows: ProbeRows, backbone: Backbone, /) -> None:
    """Refuse a backbone that is known to have been trained on some of the rows; warn where nothing is known.

    Raises:
        ConfigError: Naming the run.
    """
    if not backbone.known:
        _LOG.warning(
            "what the weights of %s were trained on is not known: if on these pictures, every figure is too good",
            backbone.recipe.model.pretrained,
        )
        return
    if backbone.run is None:
        return
    try:
        seen = _trained_on(backbone.run)
    except (DatatoolError, OSError) as error:
        _LOG.warning("what the run %s was trained on cannot be read (%s)", backbone.run, error)
        return
    common = sum(os.path.realpath(path) in seen for path in rows.locators)
    if common:
        raise ConfigError(
            f"a backbone must not have been trained on these rows; the run '{backbone.run}' was, on {common:,} "
            f"of {len(rows):,}",
            hint="take the weights that the run began with",
        )


def _trained_on(run: Path) -> set[str]:
    """Pictures of every stage's plan."""
    found: set[str] = set()
    base = run_base(run)
    for index, stage in enumerate(stage_recipes(read_run_recipe(run))):
        made = run / "plans" / f"stage_{index}.plan"
        plan = open_plan(made if made.exists() else join_place(base, stage.recipe.data.train))
        rows = plan.rows(np.arange(plan.num_rows))
        found.update(map(os.path.realpath, locate_all(rows.root, rows.path)))  # one picture, however it is linked
    return found


def _say_unreadable(rows: ProbeRows) -> None:
    if len(rows):
        _LOG.warning("%d pictures cannot be read and are left out: %s", len(rows), some_named(rows.path.tolist()))
