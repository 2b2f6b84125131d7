"""Progress bars: on standard error, on a terminal only, with rate and time left."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

__all__ = ["Advance", "progress", "show_bars"]

Advance = Callable[[int], None]

_shown = True


def show_bars(on: bool, /) -> None:
    """Whether bars are drawn on a terminal."""
    global _shown
    _shown = on


@contextlib.contextmanager
def progress(description: str, /, *, total: int | None, unit: str = "") -> Iterator[Advance]:
    """Yield a function that moves the bar on by so many units.

    >>> with progress("reading", total=3, unit="images") as advance:
    ...     advance(3)
    """
    from rich.console import Console

    console = Console(stderr=True)
    if not _shown or not console.is_terminal or total == 0:  # a bar of 0/0 tells nothing
        yield lambda _: None
        return
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        Task,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text(f"{task.speed:,.0f} {unit}/s" if task.speed else "", style="progress.data.speed")

    columns = [TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Rate(), TimeRemainingColumn()]
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(description, total=total)
        yield lambda amount: bar.update(task, advance=amount)
