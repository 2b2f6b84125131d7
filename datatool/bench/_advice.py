"""From measurements to what to change; every rule names the numbers that triggered it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, Literal

from datatool.bench._options import BenchOptions
from datatool.machine import cpu_limit, gpus
from datatool.schemas import BenchAdvice, BenchEngine, BenchFiles, Plan

FAR_LARGER: Final = 3  # times image_size: below that a scaled decode reads most of the pixels anyway
SLOW_DISK: Final = 3  # times the page cache's time, and a third of decoding
LARGE_SHARE: Final = 0.3
ENOUGH_WAIT: Final = 0.02  # of its time that a consumer may wait
CLEARLY_FASTER: Final = 1.15  # engines within that are level on a busy machine


def advise(
    plan: Plan, options: BenchOptions, files: BenchFiles, engines: Sequence[BenchEngine], /
) -> Iterator[BenchAdvice]:
    """What to change, the most useful first."""
    best = max(engines, key=lambda engine: engine.images_per_second, default=None)
    if best is None:
        return
    yield from _keeping_up(options, best)
    yield from _engine(engines, best)
    yield from _originals(options, files)
    yield from _disk(files, best)
    yield from _cache(plan, options, files, best)
    yield from _threads(best)
    yield from _python(best)
    yield from _broken(engines, files)


def _keeping_up(options: BenchOptions, best: BenchEngine) -> Iterator[BenchAdvice]:
    if not options.step_ms:
        return
    share = best.wait_seconds / max(1e-9, best.wait_seconds + best.handover_seconds + best.consumer_seconds)
    if share <= ENOUGH_WAIT:
        yield _advice("keeps-up", "info", f"a step of {options.step_ms:g} ms waits {share:.1%} of its time for data")
    else:
        wanted = 1000 * options.batch_size / options.step_ms
        yield _advice(
            "loader-too-slow",
            "warning",
            f"a step of {options.step_ms:g} ms waits {share:.0%} of its time: it could take {wanted:,.0f} images per"
            f" second and gets {best.images_per_second:,.0f}",
        )


def _engine(engines: Sequence[BenchEngine], best: BenchEngine) -> Iterator[BenchAdvice]:
    others = [engine for engine in engines if engine is not best]
    if others and best.images_per_second > CLEARLY_FASTER * max(other.images_per_second for other in others):
        speeds = ", ".join(f"{engine.name} {engine.images_per_second:,.0f}" for engine in engines)
        yield _advice("best-engine", "info", f"images per second: {speeds}", f"engine='{best.name}'")
    if gpus()[0] and not any(engine.name == "dali" for engine in engines):
        yield _advice(
            "gpu-unused", "warning", "a GPU is present and images are decoded on the CPU", "datatool doctor says how"
        )


def _originals(options: BenchOptions, files: BenchFiles) -> Iterator[BenchAdvice]:
    if files.median_short_side >= FAR_LARGER * options.image_size:
        side = -(-options.image_size * 5 // 4 // 32) * 32
        yield _advice(
            "originals-too-large",
            "warning",
            f"originals have a short side of {files.median_short_side:,} pixels for crops of {options.image_size}: "
            f"decoding one takes {files.decode_ms:.1f} ms",
            f"datatool prepare DATASET --short-side {side} -o DIR makes shrunk copies once",
        )


def _disk(files: BenchFiles, best: BenchEngine) -> Iterator[BenchAdvice]:
    slow = files.first_read_ms > SLOW_DISK * files.read_ms and files.first_read_ms > files.decode_ms / 3
    if slow or _share(best, "read") > LARGE_SHARE:
        yield _advice(
            "slow-disk",
            "warning",
            f"reading a file takes {files.first_read_ms:.2f} ms when first touched ({files.read_ms:.2f} ms again) "
            f"and {_share(best, 'read'):.0%} of the workers' time",
            "more num_threads hide latency; a local copy, or smaller ones by datatool prepare, removes it",
        )


def _cache(plan: Plan, options: BenchOptions, files: BenchFiles, best: BenchEngine) -> Iterator[BenchAdvice]:
    decodes = _share(best, "decode") + _share(best, "dali")
    if best.repeat_rate > LARGE_SHARE / 2 and decodes > LARGE_SHARE and best.cache_hit_rate < best.repeat_rate / 2:
        whole = plan.stats.unique_per_epoch * files.mean_megapixels * 3
        yield _advice(
            "cache-too-small",
            "info",
            f"{best.repeat_rate:.0%} of the draws were repeats, and {best.cache_hit_rate:.0%} came from the cache; all"
            f" decoded images are about {whole:,.0f} MB",
            f"cache={max(64, round(whole / 4)):.0f} (MiB) holds a quarter of them"
            + ("" if options.cache == "auto" else ", or cache='auto'"),
        )


def _threads(best: BenchEngine) -> Iterator[BenchAdvice]:
    usable = cpu_limit().usable
    if best.num_threads < usable:
        yield _advice(
            "few-threads",
            "info",
            f"{best.num_threads} threads work and {usable} CPUs are usable",
            f"num_threads={usable}",
        )


def _python(best: BenchEngine) -> Iterator[BenchAdvice]:
    if _share(best, "augment") > 2 * LARGE_SHARE:
        yield _advice(
            "augment-heavy",
            "info",
            f"augmentation takes {_share(best, 'augment'):.0%} of the workers' time",
            "fewer or cheaper steps; workers='processes' helps a transform that holds the interpreter lock",
        )


def _broken(engines: Sequence[BenchEngine], files: BenchFiles) -> Iterator[BenchAdvice]:
    unusable = max((engine.unusable for engine in engines), default=0)
    if unusable or files.unreadable:
        yield _advice(
            "broken-files",
            "warning",
            f"{max(unusable, files.unreadable)} files could not be used",
            "datatool audit DATASET --images names all of them",
        )


def _share(engine: BenchEngine, stage: str) -> float:
    return engine.stages.get(stage, 0.0) / max(1e-9, sum(engine.stages.values()))


def _advice(name: str, severity: Literal["warning", "info"], message: str, hint: str = "") -> BenchAdvice:
    return BenchAdvice(name=name, severity=severity, message=message, hint=hint)
