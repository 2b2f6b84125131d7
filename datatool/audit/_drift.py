"""What changed since an earlier audit and is no finding: shares of classes and sources, formats, sizes, confidences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from datatool.audit._homogeneity import ALPHA, compare
from datatool.schemas import AuditDocument, DriftComparison, ImageStatistics

LEAST: Final = 0.01  # of the rows; among millions smaller changes pass any test and mean nothing
_SHOWN: Final = 3  # categories that changed most


def drift(then: AuditDocument, now: AuditDocument, /) -> list[DriftComparison]:
    """Everything that both audits counted, compared; what only one of them has is left out."""
    return [
        made
        for what, unit, before, after in _measures(then, now)
        if before and after and (made := _compared(what, unit, before, after)) is not None
    ]


def _measures(
    then: AuditDocument, now: AuditDocument
) -> list[tuple[str, str, Mapping[str, int] | None, Mapping[str, int] | None]]:
    old, new = then.images, now.images
    return [
        ("class shares", "rows", _classes(then), _classes(now)),
        ("sources", "rows", _sources(then), _sources(now)),
        ("formats", "images", _part(old, "formats"), _part(new, "formats")),
        ("sizes", "images", _part(old, "short_sides"), _part(new, "short_sides")),
        ("confidences", "images", then.confidences, now.confidences),
    ]


def _part(images: ImageStatistics | None, name: str) -> Mapping[str, int] | None:
    found: Mapping[str, int] | None = None if images is None else getattr(images, name)
    return found


def _classes(document: AuditDocument) -> dict[str, int]:
    return {f"class {label}": sum(sources.values()) for label, sources in document.counts.items()}


def _sources(document: AuditDocument) -> dict[str, int]:
    found: dict[str, int] = {}
    for sources in document.counts.values():
        for source, rows in sources.items():
            found[source] = found.get(source, 0) + rows
    return {source: rows for source, rows in found.items() if rows}


def _compared(what: str, unit: str, then: Mapping[str, int], now: Mapping[str, int]) -> DriftComparison | None:
    found = compare(then, now)
    if found is None:
        return None
    n, m = sum(then.values()), sum(now.values())
    shares = {key: (then.get(key, 0) / n, now.get(key, 0) / m) for key in {*then, *now}}
    most = sorted(shares, key=lambda key: (-abs(shares[key][1] - shares[key][0]), key))[:_SHOWN]
    return DriftComparison(
        what=what,
        unit=unit,
        then=n,
        now=m,
        distance=round(found.distance, 6),
        p=found.p,
        detectable=round(found.detectable, 6),
        needed=found.needed,
        changed=found.p < ALPHA and found.distance >= LEAST,
        most={key: shares[key] for key in most if shares[key][0] != shares[key][1]},
    )


def drift_text(one: DriftComparison, /) -> str:
    """A comparison in a sentence, with the size of sample that could show a change."""
    needed = (
        "no number of new ones would show it, there were too few before"
        if one.needed is None
        else f"{one.needed:,} now would show a change of this size"
    )
    size = f"{one.then:,} {one.unit} before and {one.now:,} now show any change of {100 * one.detectable:.1f} % or more"
    seen = "" if not one.distance else f"; {needed}"
    return f"{one.what}: {100 * one.distance:.1f} % moved (p = {one.p:.2g}); {size}{seen}"
