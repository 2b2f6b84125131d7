"""Loads a plan with each engine for a few seconds, as training would."""

from __future__ import annotations

import importlib.util
import os
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, Final

import numpy as np

from datatool.bench._advice import advise
from datatool.bench._files import survey
from datatool.bench._options import DEFAULTS, BenchOptions
from datatool.loader import BalancedLoader, LoaderOptions
from datatool.machine import gpus
from datatool.samplers import BalancedSampler
from datatool.schemas import MAX_PIXELS, BenchDocument, BenchEngine, BenchStorage, DatatoolError, Plan
from datatool.storage import locate_rows, open_plan

TICKS: Final = 10  # of a progress bar, per second
_STAGES_OF_LOADER: Final = ("total", "wait", "handover")

# (title, ticks) -> a context that gives a function of ticks passed
Bar = Callable[[str, int], AbstractContextManager[Callable[[int], None]]]


def bench(
    plan: Path | str, /, *, options: BenchOptions = DEFAULTS, bar: Bar = lambda *_: nullcontext(lambda _: None)
) -> BenchDocument:
    """Measure, and judge.

    Args:
        plan: A plan folder, on a bucket too.
        options: What is measured.
        bar: Makes progress bars.

    Raises:
        ConfigError: If an engine cannot be told so.
        PlanError: If the plan cannot be opened.
        LoaderError: If its files cannot be loaded.
    """
    opened = open_plan(plan)
    with bar("reading and decoding files one by one", 1) as tick:
        files = survey(_paths(opened, options), max_pixels=MAX_PIXELS)
        tick(1)
    engines: list[BenchEngine] = []
    left_out: dict[str, str] = {}
    for name in options.engines or ("threads", "dali"):
        missing = _missing(name)
        if missing:
            left_out[name] = missing
            continue
        with bar(f"loading with {name}", int(options.seconds * TICKS)) as tick:
            try:
                engines.append(_measure(opened, name, options, tick))
            except DatatoolError as error:
                if options.engines is not None or name == "threads":
                    raise
                left_out[name] = str(error)
    return BenchDocument(
        plan=opened.place,
        batch_size=options.batch_size,
        image_size=options.image_size,
        augment=options.augment,
        step_ms=options.step_ms,
        files=files,
        engines=engines,
        left_out=left_out,
        advice=list(advise(opened, options, files, engines)),
    )


def _measure(plan: Plan, name: str, options: BenchOptions, tick: Callable[[int], None]) -> BenchEngine:
    begin, cpu = time.perf_counter(), _cpu()
    first = consumer = 0.0
    images = ticks = 0
    seen: set[int] = set()
    engine, dash, workers = name.partition("-")
    told: dict[str, Any] = {"engine": engine, "workers": workers if dash else "threads"}
    # What is broken is counted here, and judged by the audit.
    with BalancedLoader(plan, **LoaderOptions.named_in(options), **told, max_errors=1.0) as loader:
        for batch in loader.epoch(0):
            now = time.perf_counter()
            first = first or now - begin
            images += len(batch.rows)
            seen.update(np.asarray(batch.rows).tolist())
            if now - begin >= options.seconds:
                break
            tick(int((now - begin) * TICKS) - ticks)
            ticks = int((now - begin) * TICKS)
            time.sleep(options.step_ms / 1000)
            consumer += time.perf_counter() - now
        wall = time.perf_counter() - begin
        stats = loader.stats()
    tick(int(options.seconds * TICKS) - ticks)
    seconds: dict[str, float] = stats["seconds"]
    return BenchEngine(
        name=name,
        device=stats["device"],
        num_threads=stats["num_threads"],
        images=images,
        first_batch_seconds=first,
        images_per_second=images / wall,
        images_per_cpu_second=images / max(1e-9, _cpu() - cpu),
        stages={stage: spent for stage, spent in seconds.items() if stage not in _STAGES_OF_LOADER},
        wait_seconds=seconds["wait"],
        handover_seconds=seconds["handover"],
        consumer_seconds=consumer,
        cache_hit_rate=stats["cache"]["hit_rate"],
        repeat_rate=1 - len(seen) / max(1, images),
        repaired=sum(error.action == "repaired" for error in loader.errors),
        unusable=sum(error.action != "repaired" for error in loader.errors),
        storage=_storage(stats["storage"], images, plan.epoch_size, options.price),
    )


def _storage(counts: dict[str, int], images: int, epoch_size: int, price: float | None) -> BenchStorage | None:
    """What was asked of stores; what was asked ahead and not drawn any more counts, so that the rate errs upwards."""
    if not counts["gets"] and not counts["cache_hits"]:
        return None
    gets_per_draw = min(1.0, counts["gets"] / max(1, images))
    epoch_gets = round(gets_per_draw * epoch_size)
    return BenchStorage(
        gets=counts["gets"],
        bytes=counts["get_bytes"],
        cache_hits=counts["cache_hits"],
        most_in_flight=counts["most_in_flight"],
        gets_per_draw=gets_per_draw,
        epoch_gets=epoch_gets,
        epoch_price=None if price is None else price * epoch_gets / 1_000_000,
    )


def _paths(plan: Plan, options: BenchOptions) -> list[str]:
    """Files that the epoch begins with, each once."""
    sampler = BalancedSampler(plan, batch_size=options.sample)
    rows = plan.rows(np.unique(sampler.batch(0, 0)))
    return locate_rows(rows, root=options.root)


def _missing(name: str) -> str:
    if name != "dali" or (importlib.util.find_spec("nvidia") and importlib.util.find_spec("nvidia.dali")):
        return ""
    extra = "dali-cuda13" if not gpus()[0] else "dali-cuda12 or dali-cuda13"
    return f"DALI is not installed (extra {extra})"


def _cpu() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system
