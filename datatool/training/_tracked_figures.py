"""The figures of an epoch by the names that every tracker gives them."""

from __future__ import annotations

from datatool.schemas import MetricsLine


def tracked_figures(line: MetricsLine, /) -> dict[str, float]:
    """`train/...` for what was trained, `eval/...` for results on data.val."""
    figures = {"train/loss": line.loss, "train/lr": line.lr, "train/images_per_second": line.images_per_second}
    return figures | {f"eval/{name}": value for name, value in (line.eval or {}).items()}
