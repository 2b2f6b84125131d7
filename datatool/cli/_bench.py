"""`datatool bench`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from datatool.cli._output import JsonOption, console, emit_json, show
from datatool.schemas import AUGMENT, IMAGE_SIZE, IO_THREADS, plural

if TYPE_CHECKING:
    from datatool.schemas import BenchDocument, BenchEngine, BenchStorage


def bench(
    plan: Annotated[str, typer.Argument(metavar="PLAN", help="A folder that datatool balance wrote, on a bucket too.")],
    batch_size: Annotated[int, typer.Option(help="Places per batch.")] = 64,
    image_size: Annotated[int, typer.Option(help="Pixels.")] = IMAGE_SIZE,
    augment: Annotated[
        str, typer.Option(help="As of BalancedLoader: crop-flip, eval, crop-flip+jitter, ...")
    ] = AUGMENT,
    framework: Annotated[str, typer.Option(help="numpy, paddle or torch.")] = "numpy",
    root: Annotated[str | None, typer.Option(metavar="DIR", help="Joined to all paths instead of their own.")] = None,
    threads: Annotated[int | None, typer.Option(help="Default: one per usable CPU.", show_default=False)] = None,
    cache: Annotated[str, typer.Option(metavar="auto|off|MIB", help="Decode cache.")] = "auto",
    seconds: Annotated[float, typer.Option(help="For each engine.")] = 5.0,
    step_ms: Annotated[float, typer.Option(help="Milliseconds your training step takes for a batch.")] = 0.0,
    engine: Annotated[
        list[str] | None,
        typer.Option(
            help="threads, dali or threads-processes; repeatable. Default: all that run here.", show_default=False
        ),
    ] = None,
    io_threads: Annotated[int, typer.Option(help="Objects of a store that are asked for at once.")] = IO_THREADS,
    storage_cache: Annotated[
        str | None, typer.Option(metavar="DIR", help="Keep images of object stores there, as training would.")
    ] = None,
    price: Annotated[float | None, typer.Option(metavar="P", help="What a million GETs cost, in any currency.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Load your own plan with each engine: where the time goes, and what to change."""
    from datatool.bench import BenchOptions, bench
    from datatool.progress import progress

    options: dict[str, Any] = {"framework": framework, "cache": _cache(cache)}
    document = bench(
        plan,
        options=BenchOptions(
            batch_size=batch_size,
            image_size=image_size,
            augment=augment,
            root=root,
            num_threads=threads,
            seconds=seconds,
            step_ms=step_ms,
            engines=tuple(engine) if engine else None,
            io_threads=io_threads,
            storage_cache=storage_cache,
            price=price,
            **options,
        ),
        bar=lambda title, total: progress(title, total=total),
    )
    if as_json:
        emit_json(document)
    else:
        _render(document)


def _cache(text: str) -> str | int | None:
    from datatool.schemas import ConfigError, whole_number

    if text in ("auto", "off"):
        return text if text == "auto" else None
    size = whole_number(text)
    if size is None:
        raise ConfigError(f"--cache must be auto, off or a number of MiB; got '{text}'")
    return size


def _render(document: BenchDocument) -> None:
    from datatool.cli._table import plain_table

    screen, files = console(), document.files
    kinds = ", ".join(f"{count} {name}" for name, count in files.formats.items())
    show(
        f"{plural(files.sampled, 'file')} ({kinds}): {files.mean_bytes / 1000:,.0f} kB, "
        f"{files.mean_megapixels:.2f} megapixels; "
        f"read {files.first_read_ms:.2f} ms ({files.read_ms:.2f} again), decode {files.decode_ms:.2f} ms"
    )
    titles = ("engine", "device", "threads", "images/s", "images/CPU-s", "first batch")
    table = plain_table(*titles, text=("engine", "device"))
    for engine in document.engines:
        table.add_row(
            engine.name,
            engine.device,
            str(engine.num_threads),
            f"{engine.images_per_second:,.0f}",
            f"{engine.images_per_cpu_second:,.0f}",
            f"{engine.first_batch_seconds:.2f} s",
        )
    screen.print(table)
    for engine in document.engines:
        show(f"{engine.name}: {_times(engine)}")
        if engine.storage is not None:
            show(f"{engine.name}: {_requests(engine.storage)}")
    for name, reason in document.left_out.items():
        show(f"{name} was left out: {reason}")
    for advice in document.advice:
        hint = f" Hint: {advice.hint}." if advice.hint else ""
        show(f"{advice.severity}: {advice.message}.{hint}")


def _requests(storage: BenchStorage) -> str:
    hits = f", {plural(storage.cache_hits, 'image')} from the byte cache" if storage.cache_hits else ""
    price = "" if storage.epoch_price is None else f", {storage.epoch_price:,.2f} at the price given"
    ahead = f"at most {storage.most_in_flight / 1e6:,.1f} MB in flight"
    epoch = f"{storage.gets_per_draw:.2f} GETs a draw are {storage.epoch_gets:,} an epoch{price}"
    return f"{storage.gets:,} GETs of {storage.bytes / 1e6:,.1f} MB{hits}, {ahead}; {epoch}"


def _times(engine: BenchEngine) -> str:
    total = max(1e-9, sum(engine.stages.values()))
    workers = ", ".join(f"{stage} {spent / total:.0%}" for stage, spent in engine.stages.items())
    main = {"waiting": engine.wait_seconds, "hand-over": engine.handover_seconds, "consumer": engine.consumer_seconds}
    whole = max(1e-9, sum(main.values()))
    loop = ", ".join(f"{stage} {spent / whole:.0%}" for stage, spent in main.items())
    hits = f"; cache hits {engine.cache_hit_rate:.0%}" if engine.cache_hit_rate else ""
    return f"workers {workers}; the loop {loop}{hits}"
