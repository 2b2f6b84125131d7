"""`datatool doctor`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from datatool.cli._output import JsonOption, console, emit_json, show
from datatool.schemas import plural

if TYPE_CHECKING:
    from datatool.schemas import DoctorDocument, StoreDocument


def doctor(
    plan: Annotated[
        str | None,
        typer.Option(metavar="PLAN", help="Check every byte of a plan instead."),
    ] = None,
    storage: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Ask a bucket or an object instead: does it answer, how fast."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Say what this machine offers a loader: shared memory, limits, GPUs, versions, and what to change."""
    from datatool.doctor import check_plan, check_store, doctor

    if storage is not None:
        _refuse_both(plan)
        answered = check_store(storage)
        if as_json:
            emit_json(answered)
        else:
            _render_store(answered)
        return
    if plan is not None:
        checked = check_plan(plan)
        if as_json:
            emit_json(checked)
        else:
            unchecked = "".join(f" {name} has no digest: an earlier version wrote it." for name in checked.unchecked)
            show(f"{plan}: {plural(checked.rows, 'row')}, every byte that has a digest is as written.{unchecked}")
        return
    found = doctor()
    if as_json:
        emit_json(found)
    else:
        _render(found)


def _refuse_both(plan: str | None) -> None:
    from datatool.schemas import ConfigError

    if plan is not None:
        raise ConfigError("doctor must be asked for one thing; got --plan and --storage")


def _render_store(found: StoreDocument) -> None:
    from datatool.cli._table import plain_table

    show(
        f"{found.url} answers: a GET of {found.get_bytes:,} bytes takes {1000 * found.latency_s:.1f} ms alone, "
        f"tried on {found.objects} object{'' if found.objects == 1 else 's'}."
    )
    table = plain_table("threads", "GETs/s", "MB/s")
    for rate in found.rates:
        table.add_row(str(rate.threads), f"{rate.gets_per_s:,.0f}", f"{rate.bytes_per_s / 1e6:,.1f}")
    console().print(table)
    show(f"data.io_threads={found.io_threads} comes within a tenth of the best rate from here.")


def _render(found: DoctorDocument) -> None:
    from datatool.cli._table import plain_table

    table = plain_table("what", "state", text=("what", "state"), head=False)
    for name, text in _lines(found):
        table.add_row(name, text)
    screen = console()
    screen.print(table)
    for note in found.notes:
        hint = f" Hint: {note.hint}." if note.hint else ""
        screen.print(f"{note.severity}: {note.message}.{hint}")


def _lines(found: DoctorDocument) -> list[tuple[str, str]]:
    shm, memory, cpu = found.shared_memory, found.memory, found.cpu
    state = f"{_size(shm.size)}, {_size(shm.free)} free" + ("" if shm.writable else ", read-only")
    limit = "none" if memory.limit is None else _size(memory.limit)
    quota = "no quota" if cpu.quota is None else f"quota {cpu.quota:g}"
    present = [f"{name} {version}" for name, version in found.versions.items() if version]
    absent = [name for name, version in found.versions.items() if version is None]
    return [
        (shm.path, state if shm.present else "absent"),
        ("memory", f"{_size(memory.free)} free of {_size(memory.total)}; control-group limit {limit}"),
        ("CPUs", f"{cpu.usable} usable ({cpu.affinity} visible, {quota})"),
        ("GPUs", ", ".join(f"{gpu.name} {_size(gpu.memory)}" for gpu in found.gpus) or "none visible"),
        ("driver", found.driver or "none"),
        ("container", "yes" if found.container else "no"),
        ("engine", f"{found.transport.engine} on the {found.transport.device}: {found.transport.reason}"),
        ("transport", found.transport.threads),
        ('workers="processes"', f"{found.transport.processes}, bounded by the memory limit"),
        ("docker flags", " ".join(found.docker_flags) or "none needed"),
        ("installed", ", ".join(present)),
        ("not installed", ", ".join(absent) or "nothing is missing"),
    ]


def _size(size: int) -> str:
    return f"{size / (1 << 30):.1f} GiB" if size >= 1 << 30 else f"{size / (1 << 20):.0f} MiB"
