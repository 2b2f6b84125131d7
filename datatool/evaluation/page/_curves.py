"""Learning curves, the best and the last epoch."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from datatool.report import Series, line_chart
from datatool.runs import BEST
from datatool.schemas import MetricsLine

_FIGURES = ((BEST, "balanced accuracy"), ("top1", "top-1"))


def epoch_tiles(lines: Sequence[MetricsLine], /) -> list[tuple[str, str, str]]:
    """Label, value and note of the best and of the last epoch; one tile where they are the same, none without val."""
    best = best_line(lines)
    if best is None or best.eval is None:
        return []
    several, last = any(line.stage for line in lines), lines[-1]
    note = f"balanced accuracy {best.eval[BEST]:.3f}, checkpoints/step_{best.step}"
    if best is last:
        return [("best and last epoch", _epoch(best, several), note)]
    tiles = [("best epoch", _epoch(best, several), note)]
    if last.eval is not None:
        after = f"balanced accuracy {last.eval[BEST]:.3f}, step {last.step:,}; results on this page are of it"
        tiles.append(("last epoch", _epoch(last, several), after))
    return tiles


def best_line(lines: Sequence[MetricsLine], /) -> MetricsLine | None:
    """The first epoch of the highest balanced accuracy, which is the checkpoint that is kept as the best."""
    return max(
        (line for line in lines if line.eval is not None), key=lambda line: (line.eval or {})[BEST], default=None
    )


def curves(lines: Sequence[MetricsLine], before: Sequence[MetricsLine] | None = None, /) -> list[tuple[Markup, str]]:
    """Pictures with captions: loss, results on data.val, learning rate.

    Args:
        lines: Of the run.
        before: Of the run that it is compared with.
    """
    if not lines:
        return []
    loss = [Series(label="loss", points=[(float(line.step), line.loss) for line in lines])]
    rate = [Series(label="rate", points=[(float(line.step), line.lr) for line in lines])]
    if before:
        loss.append(Series(label="loss, before", points=[(float(b.step), b.loss) for b in before], slot=0, dashed=True))
    pictures = [
        (line_chart(loss, x_label="steps", y_label="training loss"), ""),
        (line_chart(rate, x_label="steps", y_label="learning rate"), ""),
    ]
    scored = _scored(lines, before)
    if scored:
        pictures.insert(1, (line_chart(scored, x_label="steps", y_label="share right, on data.val"), ""))
    return pictures


def _scored(lines: Sequence[MetricsLine], before: Sequence[MetricsLine] | None) -> list[Series]:
    best = best_line(lines)
    if best is None:
        return []
    series = [
        Series(label=label, points=_points(lines, key), slot=slot) for slot, (key, label) in enumerate(_FIGURES, 1)
    ]
    series.append(Series(label="best epoch", points=_points([best], BEST), slot=3))
    if before and best_line(before) is not None:
        series.append(Series(label="balanced accuracy, before", points=_points(before, BEST), slot=0, dashed=True))
    return series


def _points(lines: Sequence[MetricsLine], key: str) -> list[tuple[float, float]]:
    return [(float(line.step), line.eval[key]) for line in lines if line.eval is not None]


def _epoch(line: MetricsLine, several: bool) -> str:
    return f"{line.epoch} of stage {line.stage}" if several else str(line.epoch)
