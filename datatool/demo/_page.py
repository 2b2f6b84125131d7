"""The demo's page: what the data looks like, and both runs side by side."""

from __future__ import annotations

from pathlib import Path

from datatool.demo._digits import NAMES, DemoData
from datatool.report import BarRow, bar_chart, page, thumbnail
from datatool.schemas import AuditDocument, DemoDocument, atomic_file

_SAMPLES = 6  # pictures shown per source and class


def write_page(path: Path, document: DemoDocument, found: AuditDocument, data: DemoData, /) -> None:
    """Write the page."""
    recall = [
        BarRow(label=one.name, values={"natural": 100 * one.recall_natural, "balanced": 100 * one.recall_balanced})
        for one in document.classes
    ]
    counts = [BarRow(label=one.name, values={"real": one.real, "synthetic": one.synthetic}) for one in document.classes]
    text = page(
        "demo.html",
        title="datatool demo",
        command=f"datatool demo --seed {document.seed}",
        subtitle=f"Handwritten digits made scarce, seed {document.seed}: one frozen backbone fine-tuned on two plans",
        context={
            "natural": document.natural,
            "balanced": document.balanced,
            "classes": document.classes,
            "findings": found.findings,
            "recall": bar_chart(
                recall,
                series=("natural", "balanced"),
                x_label="recall on real test digits, %",
                describe="recall per class",
            ),
            "counts": bar_chart(counts, series=("real", "synthetic"), x_label="training rows"),
            "samples": _samples(data, [one.name for one in document.classes]),
        },
    )
    with atomic_file(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def _samples(data: DemoData, names: list[str]) -> list[tuple[str, list[str | None], list[str | None]]]:
    """Per class: its name, and a few real and synthetic training pictures as data URIs."""
    folder = data.train.parent
    assert set(names) == set(NAMES)
    return [(name, _some(folder / "real" / "train", name), _some(folder / "synthetic", name)) for name in names]


def _some(folder: Path, name: str) -> list[str | None]:
    return [thumbnail(path.read_bytes()) for path in sorted(folder.glob(f"{name}_*.png"))[:_SAMPLES]]
