"""Suspects on lists with errors put into them: are they found, counted, and are the innocent left alone?

    python benchmarks/suspects.py --data ../shared/data/clothing --weights ../shared/weights/FILE.safetensors

`labels`: the training list, the long-tail list and scikit-learn's digits, as they are and with 5 % of the labels
wrong, at random or as the head confuses classes. `outliers`: thirty digits, and thirty pictures of noise, under one
label of the long tail. `flips`: mirror images of a hundred pictures among the others. Every figure is of the files
that `datatool suspects` writes. Needs scikit-learn. Writes CSV to `benchmarks/results/`.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from machine import write_rows
from numpy.typing import NDArray

SETTINGS = ("--image-size", "64", "--set", "data.eval_resize=null")
SHARE = 0.05
SMALL = 50  # rows of a class whose innocent rows are counted


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--part", choices=("labels", "outliers", "flips"), action="append")
    parser.add_argument("--set", dest="sets", choices=("train", "longtail", "digits"), action="append")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--features", type=Path)
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("results"))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        home = Path(temporary)
        options.features = options.features or home / "features"
        for part in options.part or ("labels", "outliers", "flips"):
            rows = {"labels": labels, "outliers": outliers, "flips": flips}[part](options, home)
            write_rows(rows, options.out / f"suspects_{part}.csv")


def suspects(options: argparse.Namespace, listed: Path, home: Path) -> tuple[dict[str, Any], Any, float]:
    """`suspects.json`, `suspects.parquet` as a dict of columns, and CPU seconds."""
    import pyarrow.parquet as pq

    out = home / "suspects"
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    frozen = ["--pretrained", options.weights, *SETTINGS, "--features", options.features, "--max-review", 1]
    arguments = ["suspects", listed, "--root", options.data, *frozen, "--out", out]
    done = subprocess.run(
        [sys.executable, "-m", "datatool", *map(str, arguments)], capture_output=True, text=True, check=False
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise SystemExit(done.stderr)
    table = pq.read_table(out / "suspects.parquet").to_pydict()
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return json.loads((out / "suspects.json").read_text()), table, cpu


def labels(options: argparse.Namespace, home: Path) -> list[dict[str, Any]]:
    found = []
    for name in options.sets or ("train", "longtail", "digits"):
        paths, given = listed_rows(options, name, home)
        for seed in range(options.seeds):
            confusion = None
            for kind in ("none", "uniform", "similar"):
                wrong = given if kind == "none" else spoiled(given, kind, confusion, seed)
                written(home / "own.txt", paths, wrong)
                told, table, cpu = suspects(options, home / "own.txt", home)
                score, suggested, accused = by_line(table, len(paths))
                if kind == "none":
                    confusion = confused(given, suggested, score)
                found.append(figures(name, kind, seed, given, wrong, score, accused, told, cpu))
                print(found[-1], flush=True)
    return found


def figures(
    name: str,
    kind: str,
    seed: int,
    given: NDArray[np.int64],
    wrong: NDArray[np.int64],
    score: NDArray[np.float64],
    accused: NDArray[np.bool_],
    told: dict[str, Any],
    cpu: float,
) -> dict[str, Any]:
    bad = wrong != given
    order = np.argsort(-score, kind="stable")
    hits = bad[order]
    small = (np.bincount(wrong)[wrong] < SMALL) & ~bad
    quarter = max(int(bad.sum()) // 4, 1)
    return {
        "set": name, "errors": kind, "seed": seed, "rows": len(given), "wrong": int(bad.sum()),
        "average_precision": round(precision(hits), 4) if bad.any() else "",
        "first_quarter": round(float(hits[:quarter].mean()), 4) if bad.any() else "",
        "estimate": told["label_errors"]["estimate"], "upper": told["label_errors"]["upper"],
        "accused": int(accused.sum()), "accused_wrong": int((accused & bad).sum()),
        "innocent_small_accused": round(float(accused[small].mean()), 4) if small.any() else "",
        "planted_recall": told["planted_recall"], "cpu": round(cpu, 1),
    }  # fmt: skip


def precision(hits: NDArray[np.bool_]) -> float:
    """Mean precision at each wrong row."""
    return float((np.cumsum(hits)[hits] / (np.flatnonzero(hits) + 1)).mean())


def listed_rows(options: argparse.Namespace, name: str, home: Path) -> tuple[list[str], NDArray[np.int64]]:
    if name == "digits":
        return digits(home)
    file = options.data / ("train_list.txt" if name == "train" else "train_longtail_list.txt")
    lines = [line.split() for line in file.read_text().splitlines()]
    return [line[0] for line in lines], np.array([int(line[1]) for line in lines])


def digits(home: Path, count: int | None = None) -> tuple[list[str], NDArray[np.int64]]:
    """scikit-learn's digits as pictures of 64 px."""
    import cv2
    from sklearn.datasets import load_digits

    data = load_digits()
    paths = []
    for number, image in enumerate(data.images[:count]):
        file = home / f"digit_{number}.png"
        cv2.imwrite(str(file), cv2.resize((image * 15).astype(np.uint8), (64, 64), interpolation=cv2.INTER_CUBIC))
        paths.append(str(file))
    return paths, data.target[:count].astype(np.int64)


def spoiled(given: NDArray[np.int64], kind: str, confusion: Any, seed: int) -> NDArray[np.int64]:
    random = np.random.default_rng([seed, 77])
    num = int(given.max()) + 1
    chosen = random.choice(len(given), round(SHARE * len(given)), replace=False)
    wrong = given.copy()
    for row in chosen.tolist():
        others = np.delete(np.arange(num), given[row])
        weight = None if kind == "uniform" else confusion[given[row]][others]
        wrong[row] = random.choice(others, p=None if weight is None else weight / weight.sum())
    return wrong


def confused(given: NDArray[np.int64], suggested: NDArray[np.int64], score: NDArray[np.float64]) -> Any:
    """How often a class is taken for another, squared: what real annotators mix up."""
    num = int(given.max()) + 1
    table = np.full((num, num), 0.5)
    taken = (score > 0) & (suggested >= 0)
    np.add.at(table, (given[taken], suggested[taken]), 1)
    return table**2


def by_line(table: Any, num: int) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.bool_]]:
    score, suggested, accused = np.full(num, -np.inf), np.full(num, -1), np.zeros(num, np.bool_)
    for line, kind, value, better, code in zip(
        table["line"], table["kind"], table["score"], table["suggested"], table["code"], strict=True
    ):
        if kind == "label" and value is not None:
            score[line - 1], accused[line - 1] = value, code is not None
            suggested[line - 1] = -1 if better is None else better
    return score, suggested, accused


def written(file: Path, paths: list[str], labels: NDArray[np.int64]) -> None:
    file.write_text("".join(f"{path} {label}\n" for path, label in zip(paths, labels.tolist(), strict=True)))


def outliers(options: argparse.Namespace, home: Path) -> list[dict[str, Any]]:
    found = []
    paths, given = listed_rows(options, "longtail", home)
    for kind in ("digits", "noise"):
        foreign = digits(home, 30)[0] if kind == "digits" else noise(home)
        written(home / "own.txt", [*paths, *foreign], np.concatenate([given, np.zeros(30, np.int64)]))
        _, table, _ = suspects(options, home / "own.txt", home)
        rows = [
            (score, line > len(paths), code is not None)
            for line, kind_, score, code in zip(
                table["line"], table["kind"], table["score"], table["code"], strict=True
            )
            if kind_ == "outlier"
        ]
        score, strange, named = (np.array(column) for column in zip(*rows, strict=True))
        wins = (score[strange][:, None] > score[~strange][None]).mean()
        first = strange[np.argsort(-score)][:100].sum() / 30
        found.append(
            {
                "foreign": kind, "auroc": round(float(wins), 4), "found_in_100": round(float(first), 3),
                "named": int(named.sum()), "named_foreign": int((named & strange).sum()),
            }
        )  # fmt: skip
        print(found[-1], flush=True)
    return found


def noise(home: Path) -> list[str]:
    import cv2

    random = np.random.default_rng(3)
    paths = []
    for number in range(30):
        file = home / f"noise_{number}.png"
        cv2.imwrite(str(file), random.integers(0, 256, (64, 64, 3)).astype(np.uint8))
        paths.append(str(file))
    return paths


def flips(options: argparse.Namespace, home: Path) -> list[dict[str, Any]]:
    """A hundred mirror images, saved anew, among the pictures of the long tail."""
    import cv2

    paths, given = listed_rows(options, "longtail", home)
    chosen = np.random.default_rng(4).choice(len(paths), 100, replace=False).tolist()
    made = []
    for row in chosen:
        file = home / f"flip_{row}.jpg"
        picture: Any = cv2.imread(str(options.data / paths[row]))
        cv2.imwrite(str(file), picture[:, ::-1], [cv2.IMWRITE_JPEG_QUALITY, 90])
        made.append(str(file))
    written(home / "own.txt", [*paths, *made], np.concatenate([given, given[chosen]]))
    told, table, _ = suspects(options, home / "own.txt", home)
    origin = dict(zip(made, (paths[row] for row in chosen), strict=True))
    right = sum(
        kind == "near-duplicate" and origin.get(path) == other
        for path, kind, other in zip(table["path"], table["kind"], table["other"], strict=True)
    )
    return [{"flips": len(made), "found_with_their_original": right, "I803": told["counts"]["I803"]}]


if __name__ == "__main__":
    main()
