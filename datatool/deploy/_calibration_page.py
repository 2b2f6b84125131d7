"""`calibration.html`: coverage against accuracy, and what the temperature changed."""

from __future__ import annotations

import shlex
from pathlib import Path

from markupsafe import Markup

from datatool.report import Series, line_chart, page
from datatool.schemas import CalibrationDocument, atomic_file


def write_calibration_page(document: CalibrationDocument, file: Path, /, *, run: Path) -> None:
    """Write the page all or nothing."""
    found = document.calibration
    text = page(
        "calibration.html",
        title="Calibration",
        command=shlex.join(["datatool", "calibrate", str(run), "--list", document.dataset]),
        subtitle=f"step {document.step:,}, {found.rows:,} held-out rows of {document.dataset}",
        context={"document": document, "found": found, "picture": _picture(document), "table": _table(document)},
    )
    with atomic_file(file) as temporary:
        temporary.write_text(text, encoding="utf-8")


def _picture(document: CalibrationDocument) -> Markup:
    points = [(point.coverage, point.accuracy) for point in document.curve]
    series = [Series(label="right among the answers", points=points)]
    wanted = document.calibration.precision
    if wanted is not None:
        series.append(Series(label="wanted", points=[(0.0, wanted), (1.0, wanted)], slot=2, dashed=True))
        chosen = (document.calibration.coverage, document.calibration.reached)
        series.append(Series(label="chosen threshold", points=[chosen], slot=3))
    return line_chart(series, x_label="coverage: share answered", y_label="share of the answers right")


def _table(document: CalibrationDocument) -> list[tuple[str, ...]]:
    """About twenty thresholds of the curve."""
    step = max(len(document.curve) // 20, 1)
    return [
        (f"{point.threshold:.4f}", f"{point.coverage:.1%}", f"{point.accuracy:.1%}") for point in document.curve[::step]
    ]
