"""Suspects on lists with errors put into them: are they found, counted, and are the innocent left alone?

    python benchmarks/suspects.py --data ../shared/data/clothing --weights ../shared/weights/FILE.safetensors --home DIR

`labels`: the training list, the long-tail list and scikit-learn's digits, as they are and with 2, 5 and 10 % of the
labels wrong, at random or as the head confuses classes; head probabilities are kept in `--home` for
`suspects_peers.py`. `outliers`: thirty digits, pictures of noise, and photographs of other things (`--foreign DIR`)
under one label of the long tail. `flips`: mirror images of a hundred pictures among the others. `synthetic`: made
pictures of the rare classes, a tenth of them under a wrong class. `time`: CPU seconds, cold and warm. Every figure is
of the files that `datatool suspects` writes. Needs scikit-learn. Appends to `benchmarks/results/suspects_PART.csv`.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
from errors_put_in import area, confused, first_quarter, precision, spoiled
from frozen import Photographs, alone, command, options
from machine import Results
from numpy.typing import NDArray
from suspects_peers import keep_probabilities, self_confidence
from worn import with_made

SETTINGS = [("none", 0.0)] + [(kind, share) for share in (0.05, 0.02, 0.1) for kind in ("uniform", "similar")]
SETS = ("longtail", "train", "digits")
SMALL = 50  # rows of a class whose innocent rows are counted
FOREIGN = 30
FACTORS = (1.0, 1.5, 2.0, 3.0, 4.0)  # of the quartiles' spread, tried for outliers
ODDS = (2.0, 3.0, 5.0, 9.0, 20.0)  # of another class, tried for synthetic rows

Ints = NDArray[np.int64]


def main() -> None:
    parts = {"labels": labels, "outliers": outliers, "flips": flips, "synthetic": synthetic, "time": time}
    options(__doc__, parts)


def suspects(photographs: Photographs, paths: list[str], given: Ints, *more: object) -> tuple[dict[str, Any], Any]:
    """`suspects.json`, and `suspects.parquet` as a dict of columns."""
    import pyarrow.parquet as pq

    lines = [f"{path} {label}" for path, label in zip(paths, given.tolist(), strict=True)]
    listed, out = photographs.written("suspected", lines), photographs.home / "suspects"
    command("suspects", listed, *photographs.backbone, "--max-review", 1, *more, "--out", out)
    return json.loads((out / "suspects.json").read_text()), pq.read_table(out / "suspects.parquet").to_pydict()


def labels(photographs: Photographs) -> None:
    results = Results(photographs.out / "suspects_labels.csv")
    sets = [name for name in SETS if name in photographs.only] or SETS
    settings = [one for one in SETTINGS if f"{one[0]}-{one[1]}" in photographs.only] or SETTINGS
    for seed in range(photographs.seeds):
        for errors, share in settings:
            for name in sets:
                if not results.has(set=name, errors=errors, share=share, seed=seed):
                    results.add(judged(photographs, name, errors, share, seed))


def judged(photographs: Photographs, name: str, errors: str, share: float, seed: int) -> dict[str, Any]:
    paths, own = listed_rows(photographs, name)
    confusion = mixed_up(photographs, name, paths, own) if errors == "similar" else None
    wrong = own if errors == "none" else spoiled(own, confusion, share, seed)
    told, table = suspects(photographs, paths, wrong, "--seed", seed)
    score, _, accused = by_line(table, len(paths))
    bad = wrong != own
    small = (np.bincount(wrong)[wrong] < SMALL) & ~bad
    found = {
        "set": name, "errors": errors, "share": share, "seed": seed, "rows": len(own), "wrong": int(bad.sum()),
        "average_precision": precision(score, bad), "first_quarter": first_quarter(score, bad),
        "self_confidence": "", "estimate": told["label_errors"]["estimate"], "upper": told["label_errors"]["upper"],
        "accused": int(accused.sum()), "accused_wrong": int((accused & bad).sum()),
        "innocent_small_accused": round(float(accused[small].mean()), 4) if small.any() else "",
        "planted_recall": told["planted_recall"],
    }  # fmt: skip
    if bad.any() and (name == "longtail" or (seed, share) == (0, 0.05)):
        file = keep_probabilities(photographs, paths, wrong, bad, f"{name}_{errors}_{share}_{seed}")
        found["self_confidence"] = precision(self_confidence(file), bad)
    return found


def mixed_up(photographs: Photographs, name: str, paths: list[str], own: Ints) -> NDArray[np.float64]:
    """How often classes are taken for each other on the list as it is."""
    kept = photographs.home / f"confusion_{name}.npy"
    if not kept.exists():
        score, suggested, _ = by_line(suspects(photographs, paths, own)[1], len(paths))
        np.save(kept, confused(own, suggested, score))
    found: NDArray[np.float64] = np.load(kept)
    return found


def listed_rows(photographs: Photographs, name: str) -> tuple[list[str], Ints]:
    if name == "digits":
        return digits(photographs.home)
    lines = [line.rpartition(" ") for line in photographs.lines("train" if name == "train" else "train_longtail")]
    return [path for path, _, _ in lines], np.array([int(label) for _, _, label in lines])


def digits(home: Path, count: int | None = None) -> tuple[list[str], Ints]:
    """scikit-learn's digits as pictures of 64 px."""
    import cv2
    from sklearn.datasets import load_digits

    data = load_digits()
    paths = []
    for number, image in enumerate(data.images[:count]):
        file = home / f"digit_{number}.png"
        if not file.exists():
            cv2.imwrite(str(file), cv2.resize((image * 15).astype(np.uint8), (64, 64), interpolation=cv2.INTER_CUBIC))
        paths.append(str(file))
    return paths, data.target[:count].astype(np.int64)


def by_line(table: Any, num: int) -> tuple[NDArray[np.float64], Ints, NDArray[np.bool_]]:
    """Score, suggested class and whether it is accused, of the label of each row."""
    score, suggested, accused = np.full(num, -np.inf), np.full(num, -1), np.zeros(num, np.bool_)
    for line, kind, value, better, code in zip(
        table["line"], table["kind"], table["score"], table["suggested"], table["code"], strict=True
    ):
        if kind == "label" and value is not None:
            score[line - 1], accused[line - 1] = value, code is not None
            suggested[line - 1] = -1 if better is None else better
    return score, suggested, accused


def of_kind(table: Any, wanted: str) -> tuple[Ints, NDArray[np.float64]]:
    """Lines and scores of the rows of one kind."""
    columns = zip(table["line"], table["kind"], table["score"], strict=True)
    rows = [(line, score) for line, kind, score in columns if kind == wanted and score is not None]
    return np.array([line for line, _ in rows]), np.array([score for _, score in rows])


def outliers(photographs: Photographs) -> None:
    """One row for each factor of the quartiles' spread that a distance may lie above the upper one."""
    results = Results(photographs.out / "suspects_outliers.csv")
    for name in SETS:
        paths, own = listed_rows(photographs, name)
        for kind in ("nothing", "digits", "noise", "photographs"):
            if results.has(set=name, foreign=kind) or (name != "longtail" and kind != "nothing"):
                continue
            strange = foreign(photographs, kind)
            label = np.concatenate([own, np.zeros(len(strange), np.int64)])
            _, table = suspects(photographs, [*paths, *strange], label)
            line, score = of_kind(table, "outlier")
            bad = line > len(paths)
            low, high = np.quantile(score, [0.25, 0.75])
            first = bad[np.argsort(-score)][:100].sum() / max(len(strange), 1)
            for factor in FACTORS:
                beyond = score > high + factor * (high - low)
                results.add(
                    {
                        "set": name, "foreign": kind, "num_foreign": len(strange), "auroc": area(score, bad),
                        "found_in_100": round(float(first), 3) if len(strange) else "", "factor": factor,
                        "beyond": int(beyond.sum()), "beyond_foreign": int((beyond & bad).sum()),
                    }
                )  # fmt: skip


def foreign(photographs: Photographs, kind: str) -> list[str]:
    """Paths of thirty foreign pictures."""
    import cv2

    if kind == "digits":
        return digits(photographs.home, FOREIGN)[0]
    if kind == "nothing":
        return []
    random = np.random.default_rng(3)
    originals = sorted(photographs.foreign.iterdir()) if kind == "photographs" and photographs.foreign else []
    paths = []
    for number in range(FOREIGN):
        file = photographs.home / f"{kind}_{number}.png"
        picture: Any = random.integers(0, 256, (64, 64, 3)).astype(np.uint8)
        if kind == "photographs":
            whole: Any = cv2.imread(str(originals[number % len(originals)]))
            height, width = whole.shape[:2]
            top, left = random.integers(0, height // 3), random.integers(0, width // 3)
            picture = whole[top : top + 2 * height // 3, left : left + 2 * width // 3]
        cv2.imwrite(str(file), picture)
        paths.append(str(file))
    return paths


def flips(photographs: Photographs) -> None:
    """A hundred mirror images, saved anew, among the pictures of the long tail."""
    import cv2

    results = Results(photographs.out / "suspects_flips.csv")
    if results.rows:
        return
    paths, given = listed_rows(photographs, "longtail")
    chosen = np.random.default_rng(4).choice(len(paths), 100, replace=False).tolist()
    made = []
    for row in chosen:
        file = photographs.home / f"flip_{row}.jpg"
        picture: Any = cv2.imread(str(photographs.data / paths[row]))
        cv2.imwrite(str(file), picture[:, ::-1], [cv2.IMWRITE_JPEG_QUALITY, 90])
        made.append(str(file))
    told, table = suspects(photographs, [*paths, *made], np.concatenate([given, given[chosen]]))
    origin = dict(zip(made, (str(photographs.data / paths[row]) for row in chosen), strict=True))
    right = sum(
        kind == "near-duplicate" and origin.get(path) == other
        for path, kind, other in zip(table["path"], table["kind"], table["other"], strict=True)
    )
    results.add({"flips": len(made), "found_with_their_original": right, "I803": told["counts"]["I803"]})


def synthetic(photographs: Photographs) -> None:
    """A tenth of the made pictures gets the class of another rare one; one row for each odds tried."""
    results = Results(photographs.out / "suspects_synthetic.csv")
    for seed in range(min(photographs.seeds, 3)):
        for kind in photographs.only or ("near", "new", "poor"):
            if results.has(made=kind, seed=seed):
                continue
            lines = photographs.long_tail("lt50", seed)
            every = [line.rpartition(" ") for line in (*lines, *with_made(photographs, lines, kind=kind, seed=seed)[0])]
            own = np.array([int(label) for _, _, label in every])
            made = np.arange(len(lines), len(own))
            wrong = own.copy()
            wrong[made] = spoiled(own[made], None, 0.1, seed)
            paths = [path for path, _, _ in every]
            told, table = suspects(photographs, paths, wrong, "--synthetic", "*.made.jpg")
            line, score = of_kind(table, "synthetic")
            bad = (wrong != own)[line - 1]
            domains = [one["domain_auc"] for one in told["classes"] if one["domain_auc"] is not None]
            for odds in ODDS:
                beyond = score > np.log(odds)
                results.add(
                    {
                        "made": kind, "seed": seed, "rows": len(line), "wrong": int(bad.sum()),
                        "auroc": area(score, bad), "average_precision": precision(score, bad),
                        "odds": odds, "beyond": int(beyond.sum()), "beyond_wrong": int((beyond & bad).sum()),
                        "domain_auc": round(float(np.mean(domains)), 4) if domains else "",
                    }
                )  # fmt: skip


def time(photographs: Photographs) -> None:
    """The long-tail list: the command by itself, without kept features and with them."""
    results = Results(photographs.out / "suspects_time.csv")
    features = photographs.home / "cold"
    shutil.rmtree(features, ignore_errors=True)
    listed = photographs.data / "train_longtail_list.txt"
    for kind in ("cold", "warm"):
        if not results.has(kind=kind):
            seconds = alone("suspects", listed, *photographs.backbone[:-1], features)
            results.add({"kind": kind, "rows": 1680, "cpu_seconds": round(seconds, 1)})


if __name__ == "__main__":
    main()
