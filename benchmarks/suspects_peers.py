"""cleanlab on the same probabilities, beside `datatool suspects`: measured only, by an interpreter that has it.

    OTHER/bin/python benchmarks/suspects_peers.py --home DIR

cleanlab is AGPL and no dependency of anything here: install it into an environment of its own. DIR is the `--home` of
`suspects.py`, which keeps the head's out-of-fold probabilities there. Writes `benchmarks/results/suspects_peers.csv`.
"""

from __future__ import annotations

import argparse
import importlib
from pathlib import Path
from typing import Any

import numpy as np
from errors_put_in import first_quarter, precision
from numpy.typing import NDArray

_FOLDER = "probabilities"


def keep_probabilities(
    photographs: Any, paths: list[str], wrong: NDArray[np.int64], bad: NDArray[np.bool_], name: str
) -> Path:
    """Out-of-fold probabilities of the head that judges labels, in a file with the labels."""
    from advise_truth import looked_at

    from datatool.suspects._vote import OutOfFold, make_folds

    lines = [f"{path} {label}" for path, label in zip(paths, wrong.tolist(), strict=True)]
    probe = looked_at(photographs, "peers", lines)
    place, num = probe.rows.place, len(probe.rows.classes)
    heads = OutOfFold(probe.features, place, make_folds(place, np.arange(len(place)), seed=0), num_classes=num)
    file: Path = photographs.home / _FOLDER / f"{name}.npz"
    file.parent.mkdir(exist_ok=True)
    np.savez(file, p=heads.votes(place, penalty=heads.best_penalty()).astype(np.float32), label=place, bad=bad)
    return file


def self_confidence(file: Path) -> NDArray[np.float64]:
    """1 - p of the given label: the simplest score there is."""
    kept = np.load(file)
    score: NDArray[np.float64] = 1.0 - kept["p"][np.arange(len(kept["label"])), kept["label"]].astype(np.float64)
    return score


def main() -> None:
    from machine import Results

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("results"))
    given = parser.parse_args()
    results = Results(given.out / "suspects_peers.csv")
    for file in sorted((given.home / _FOLDER).glob("*.npz")):
        name, errors, share, seed = file.stem.split("_")
        if not results.has(set=name, errors=errors, share=share, seed=seed):
            for row in compared(np.load(file)):
                results.add({"set": name, "errors": errors, "share": share, "seed": seed, **row})


def compared(kept: Any) -> list[dict[str, Any]]:
    """Average precision of each of cleanlab's scores, and how many rows its filter names."""
    rank, chosen = importlib.import_module("cleanlab.rank"), importlib.import_module("cleanlab.filter")
    version = importlib.import_module("cleanlab").__version__
    label, p, bad = kept["label"], kept["p"].astype(np.float64), kept["bad"]
    p /= p.sum(axis=1, keepdims=True)
    found = []
    for method in ("self_confidence", "normalized_margin", "confidence_weighted_entropy"):
        score = -rank.get_label_quality_scores(label, p, method=method, adjust_pred_probs=False)
        found.append(
            {"scorer": method, "average_precision": precision(score, bad), "quarter": first_quarter(score, bad)}
        )
    flagged = chosen.find_label_issues(label, p, filter_by="both", n_jobs=1)
    counts = {"wrong": int(bad.sum()), "named": int(flagged.sum()), "named_wrong": int((flagged & bad).sum())}
    return [{**row, **counts, "cleanlab": version} for row in found]


if __name__ == "__main__":
    main()
