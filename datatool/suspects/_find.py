"""Everything that is suspicious about rows, from their features."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from datatool.probe import Probe, joined, pairs_of
from datatool.suspects._labels import Labels, judge_labels
from datatool.suspects._near import Nearest, nearly_same
from datatool.suspects._options import MAX_PAIRED, SuspectsOptions
from datatool.suspects._outliers import distances, far_out
from datatool.suspects._score import label_scores
from datatool.suspects._synthetic import Domain, domain_of
from datatool.suspects._vote import reference_rows

LABEL, OUTLIER, NEAR_DUPLICATE, SYNTHETIC = "label", "outlier", "near-duplicate", "synthetic"
CODES: Final = {LABEL: "I801", OUTLIER: "I802", NEAR_DUPLICATE: "I803", SYNTHETIC: "I804"}
# Another class is nine times as likely, the prior taken out. Of 300 made pictures, a tenth of them under a wrong class,
# that names half to two thirds of the wrong ones and 5 to 7 % of the right ones. Neighbours rank them worse.
_UNLIKE: Final = float(np.log(9))
_MIN_OUTLIER_ROWS: Final = 50  # below, quartiles of distances say nothing

Floats = NDArray[np.float64]


class Suspect(NamedTuple):
    """One line of `suspects.parquet`: a row, judged in one way.

    Attributes:
        row: Place among the probe's rows.
        kind: label, outlier, near-duplicate or synthetic.
        accused: Whether it has a code.
        score: Higher is more suspicious; None where it could not be judged.
        suggested: Class id that fits better, or None.
        other: The row it is nearly the same as, or None.
        mirrored: Whether that one's mirror image is meant.
    """

    row: int
    kind: str
    accused: bool
    score: float | None
    suggested: int | None = None
    other: int | None = None
    mirrored: bool = False

    @property
    def code(self) -> str | None:
        """Of the finding; None where the row is no suspect."""
        return CODES[self.kind] if self.accused else None


@dataclass(frozen=True, kw_only=True, eq=False)
class Found:
    """What a search found.

    Attributes:
        suspects: Most suspicious first.
        labels: Of labels.
        domains: Place of a class -> whether its synthetic rows can be told from its real ones.
        notes: What was not judged, and why.
    """

    suspects: list[Suspect]
    labels: Labels
    domains: dict[int, Domain]
    notes: tuple[str, ...]


def find_suspects(probe: Probe, /, *, options: SuspectsOptions) -> Found:
    """Look at labels, distances, near-duplicates and synthetic rows."""
    rows, features = probe.rows, probe.features
    place, classes, seed = rows.place, rows.classes, options.seed
    _, picture = np.unique(rows.locator.astype(str), return_inverse=True)
    together = joined(len(rows), np.concatenate([pairs_of(picture), pairs_of(rows.group)]))
    labels = judge_labels(features, place, together, num_classes=len(classes), seed=seed)
    reference = reference_rows(place, seed=seed)
    distance = distances(features, reference)
    notes = list(labels.notes)
    found = _labels(labels, classes)
    found += _outliers(distance, notes)
    if len(rows) <= MAX_PAIRED:
        found += _near(nearly_same(features, probe.mirrored, picture))
    else:
        notes.append(f"near-duplicates are not looked for among more than {MAX_PAIRED:,} pictures")
    found += _synthetic(labels, place, rows.synthetic, classes)
    found.sort(key=lambda one: (one.score is None, -(one.score or 0.0), one.kind, one.row))
    return Found(
        suspects=found,
        labels=labels,
        domains=_domains(features, place, rows.synthetic, seed=seed),
        notes=tuple(notes),
    )


def _labels(labels: Labels, classes: NDArray[np.int64]) -> list[Suspect]:
    judged = np.isfinite(labels.score)
    return [
        Suspect(
            row=row,
            kind=LABEL,
            accused=bool(labels.accused[row]),
            score=float(labels.score[row]) if judged[row] else None,
            suggested=int(classes[labels.suggested[row]]) if judged[row] and labels.score[row] > 0 else None,
        )
        for row in range(len(judged))
    ]


def _outliers(distance: Floats, notes: list[str]) -> list[Suspect]:
    enough = len(distance) >= _MIN_OUTLIER_ROWS
    if not enough:
        notes.append(f"no picture is called an outlier among fewer than {_MIN_OUTLIER_ROWS}")
    named = far_out(distance) if enough else np.zeros(len(distance), np.bool_)
    return [
        Suspect(row=row, kind=OUTLIER, accused=bool(named[row]), score=float(value))
        for row, value in enumerate(distance.tolist())
    ]


def _near(nearest: Nearest) -> list[Suspect]:
    columns = zip(
        nearest.row.tolist(), nearest.other.tolist(), nearest.cosine.tolist(), nearest.mirrored.tolist(), strict=True
    )
    return [
        Suspect(row=row, kind=NEAR_DUPLICATE, accused=True, score=score, other=other, mirrored=mirrored)
        for row, other, score, mirrored in columns
    ]


def _synthetic(
    labels: Labels, place: NDArray[np.int64], synthetic: NDArray[np.bool_], classes: NDArray[np.int64]
) -> list[Suspect]:
    """Synthetic rows by a head of real and synthetic ones, out of fold, the prior taken out."""
    if labels.errors is None or not synthetic.any():
        return []
    sizes = np.bincount(place, minlength=len(classes)).astype(np.float64)
    scores = label_scores(labels.head, place, sizes=sizes, prior=1.0)
    return [
        Suspect(
            row=row,
            kind=SYNTHETIC,
            accused=bool(scores.score[row] > _UNLIKE),
            score=float(scores.score[row]),
            suggested=int(classes[scores.suggested[row]]) if scores.score[row] > 0 else None,
        )
        for row in np.flatnonzero(synthetic & np.isfinite(labels.score)).tolist()
    ]


def _domains(
    features: NDArray[np.float32], place: NDArray[np.int64], synthetic: NDArray[np.bool_], *, seed: int
) -> dict[int, Domain]:
    found = {}
    for number in np.unique(place[synthetic]).tolist():
        mine = place == number
        domain = domain_of(features[mine], synthetic[mine], seed=seed)
        if domain is not None:
            found[number] = domain
    return found
