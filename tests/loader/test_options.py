"""Options are written once, and a loader shows all of them as its own arguments."""

from __future__ import annotations

import dataclasses
import inspect
from pathlib import Path
from typing import Any

import pytest

from datatool.loader import BalancedLoader, EvalLoader, EvalOptions, LoaderOptions
from datatool.schemas import DataSection, Transform

PUBLIC = {
    "batch_size": inspect.Parameter.empty,
    "image_size": 224,
    "root": None,
    "framework": "paddle",
    "engine": "auto",
    "device": "auto",
    "seed": 0,
    "rank": 0,
    "world_size": 1,
    "drop_last": False,
    "window": 1,
    "augment": "crop-flip",
    "transform": None,
    "views": None,
    "output": "float32",
    "mean": (0.485, 0.456, 0.406),
    "std": (0.229, 0.224, 0.225),
    "num_threads": None,
    "workers": "threads",
    "on_error": "replace",
    "max_errors": 0.01,
    "max_pixels": 178_000_000,
    "cache": "auto",
    "eval_resize": None,
    "interpolation": "area",
    "prefetch": 3,
    "timeout": 120.0,
    "image_timeout": 30.0,
    "local_world_size": None,
    "io_threads": 64,
    "storage_cache": None,
    "storage_cache_bytes": None,
}


def test_the_arguments_of_a_loader_are_the_documented_ones() -> None:
    plan, *others = inspect.signature(BalancedLoader).parameters.values()
    assert (plan.name, plan.kind) == ("plan", plan.POSITIONAL_ONLY)
    assert {each.kind for each in others} == {inspect.Parameter.KEYWORD_ONLY}
    assert {each.name: each.default for each in others} == PUBLIC


@pytest.mark.parametrize(("loader", "options"), [(BalancedLoader, LoaderOptions), (EvalLoader, EvalOptions)])
def test_every_option_is_an_argument_with_its_default(loader: type, options: Any) -> None:
    shown = {each.name: each.default for each in inspect.signature(loader).parameters.values()}
    told = {each.name: each.default for each in inspect.signature(options).parameters.values()}
    assert told.items() <= shown.items()


@pytest.mark.parametrize("options", [LoaderOptions, EvalOptions])
def test_every_option_is_described_once(options: Any) -> None:
    described = "".join(inspect.getdoc(each) or "" for each in options.__mro__ if dataclasses.is_dataclass(each))
    for each in dataclasses.fields(options):
        assert described.count(f"\n    {each.name}: ") == 1


def test_an_unknown_option_is_refused_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="unexpected keyword argument 'batch'"):
        BalancedLoader(tmp_path, batch=3)  # type: ignore[call-arg]


def test_a_section_of_a_recipe_gives_the_options_that_it_names() -> None:
    given = LoaderOptions.named_in(DataSection(batch_size=7, image_size=96, eval_resize=None))
    assert given == {
        "batch_size": 7,
        "image_size": 96,
        "augment": "crop-flip",
        "eval_resize": None,
        "interpolation": "area",
        "mean": (0.485, 0.456, 0.406),
        "std": (0.229, 0.224, 0.225),
        "num_threads": None,
        "engine": "auto",
        "views": None,
        "cache": "auto",
        "io_threads": 64,
        "storage_cache": None,
        "storage_cache_bytes": None,
    }


def test_a_transform_gives_the_options_that_it_names() -> None:
    transform = Transform(image_size=96, eval_resize=128, interpolation="cubic", mean=(0, 0, 0), std=(1, 1, 1))
    assert EvalOptions.named_in(transform) == transform.model_dump()


def test_worker_processes_keep_no_cache(plan: Path) -> None:
    with BalancedLoader(plan, batch_size=8, image_size=32, framework="numpy", workers="processes") as loader:
        assert loader.stats()["cache_mib"] == 0
