"""`review.html`: suspects to go through by keyboard; decisions are saved as a file."""

from __future__ import annotations

from typing import Any

import numpy as np

from datatool.probe import Probe
from datatool.report import page
from datatool.schemas import SuspectsDocument
from datatool.suspects._find import LABEL, NEAR_DUPLICATE, OUTLIER, SYNTHETIC, Found, Suspect
from datatool.suspects._pictures import Picture, review_pictures

REVIEW = "review.html"
_ORDER = (LABEL, SYNTHETIC, NEAR_DUPLICATE, OUTLIER)  # of sections on the page


def review_page(
    probe: Probe, found: Found, document: SuspectsDocument, /, *, most: int, command: str | None = None
) -> str:
    """The page of at most ``most`` suspects; labels up to the upper bound stand behind those that are accused."""
    chosen = _chosen(found, document)
    shown = chosen[:most]
    rows = sorted({one.row for one in shown} | {one.other for one in shown if one.other is not None})
    pictures = dict(zip(rows, review_pictures(probe.rows.locator[rows].tolist()), strict=True))
    return review_html(
        [_item(probe, one, pictures) for one in shown],
        classes={label: probe.rows.name(label) for label in probe.rows.classes.tolist()},
        document=document,
        left_out=len(chosen) - len(shown),
        command=command,
    )


def review_html(
    items: list[dict[str, Any]],
    /,
    *,
    classes: dict[int, str],
    document: SuspectsDocument,
    left_out: int = 0,
    command: str | None = None,
) -> str:
    """The page of items as `_item` makes them.

    Args:
        items: In the order of the page.
        classes: Names by id.
        document: For the figures on top.
        left_out: Suspects that are only in the table.
        command: The command line, for the footer.
    """
    subtitle = f"{document.rows:,} pictures through {document.backbone}; keep, drop or relabel, then save the decisions"
    return page(
        "review.html",
        title="Suspects",
        subtitle=subtitle,
        command=command,
        scripts=("review.js",),
        styles=("review.css",),
        context={
            "items": items,
            "classes": [{"id": label, "name": name} for label, name in classes.items()],
            "document": document,
            "left_out": left_out,
        },
    )


def _chosen(found: Found, document: SuspectsDocument) -> list[Suspect]:
    upper = 0 if document.label_errors is None else document.label_errors.upper
    labels = [one for one in found.suspects if one.kind == LABEL and (one.score or 0.0) > 0]
    accused = [one for one in labels if one.accused]
    open_ones = [one for one in labels if not one.accused][: max(upper - len(accused), 0)]
    return [
        *accused,
        *(one for kind in _ORDER[1:] for one in found.suspects if one.kind == kind and one.accused),
        *open_ones,
    ]


def _item(probe: Probe, one: Suspect, pictures: dict[int, Picture]) -> dict[str, Any]:
    rows, row = probe.rows, one.row
    other = None if one.other is None else pictures[one.other]
    return {
        "digest": pictures[row].digest,
        "thumb": pictures[row].thumb,
        "path": str(rows.path[row]),
        "file": str(rows.file[row]),
        "line": int(rows.line[row]),
        "class": int(rows.label[row]),
        "kind": one.kind,
        "code": one.code,
        "score": None if one.score is None else float(np.round(one.score, 4)),
        "suggested": one.suggested,
        "rows": int((rows.label == rows.label[row]).sum()),
        "source": str(rows.source[row]),
        "other": None if one.other is None else str(rows.path[one.other]),
        "otherClass": None if one.other is None else int(rows.label[one.other]),
        "otherThumb": None if other is None else other.thumb,
        "mirrored": one.mirrored,
    }
