"""Advice against training: do the gains come true, and is the recommended way the right one?

    python benchmarks/advise.py --data ../shared/data/clothing --weights ../shared/weights/FILE.safetensors --home DIR

`paid`: four long tails, advised on by the command, then trained by `datatool train` in every way, tested on all the
pictures left out. `draws`: long tails drawn from the training list, class order permuted, advised on for both
objectives; the truth is the head trained on the whole list (two seeds). `synthetic`: copies of a list's own pictures,
and new content of its rare classes, worn, as synthetic rows without a parent column. `even`: a balanced list. `time`:
CPU seconds, cold and warm. `grow`: twice and four times the pictures. Each result is appended to
`benchmarks/results/advise_PART.csv` when it is there, and a stopped run goes on.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import yaml
from advise_truth import Truth, share_values
from frozen import Photographs, alone, command, documented, options
from machine import Results
from worn import with_made

WAYS = ("sqrt", "oversample", "weights:inverse", "weights:sqrt", "logit-adjust")
STRATEGIES = ("--strategies", "sqrt,oversample,weights:inverse,weights:sqrt")
PAID = (("list", 0), ("lt10", 0), ("lt50", 0), ("lt50", 1))


def main() -> None:
    options(
        __doc__,
        {"time": time, "paid": paid, "draws": draws, "synthetic": synthetic, "even": even, "grow": grow},
    )


def time(photographs: Photographs) -> None:
    """The long-tail list: the command by itself, without kept features and with them."""
    results = Results(photographs.out / "advise_time.csv")
    listed = photographs.data / "train_longtail_list.txt"
    features = photographs.home / "cold"
    shutil.rmtree(features, ignore_errors=True)
    told = ["advise", listed, *photographs.backbone[:-1], features]
    for kind in ("cold", "warm"):
        if not results.has(kind=kind):
            results.add({"kind": kind, "rows": 1680, "cpu_seconds": round(alone(*told), 1)})


def paid(photographs: Photographs) -> None:
    """Each way's advised gain beside the one that `datatool train` reaches."""
    results = Results(photographs.out / "advise_paid.csv")
    for profile, seed in PAID:
        lines = photographs.long_tail(profile, seed)
        listed = photographs.written(f"{profile}_{seed}", lines)
        left = photographs.written(f"{profile}_{seed}_left", photographs.left_out(lines))
        if all(results.has(profile=profile, draw=seed, way=way) for way in WAYS):
            continue
        told = documented("advise", listed, "--allow-outside-root", *photographs.backbone, *STRATEGIES)
        natural = trained(photographs, listed, left, "natural")
        for way in told["ways"][1:]:
            if not results.has(profile=profile, draw=seed, way=way["name"]):
                value = trained(photographs, listed, left, way["name"])
                results.add(
                    {
                        "profile": profile, "draw": seed, "rows": len(lines), "way": way["name"], "gain": way["gain"],
                        "low": way["low"], "high": way["high"], "verdict": way["verdict"],
                        "trained_gain": round(value - natural, 4), "trained": value, "natural": natural,
                        "recommended": told["recommended"],
                    }
                )  # fmt: skip


def trained(photographs: Photographs, listed: Path, left: Path, way: str) -> float:
    """Macro recall on what is left out; the plan is made by `datatool balance`, the run by `datatool train`."""
    from datatool.advise._ways import parse_way

    one = parse_way("natural" if way == "logit-adjust" else way)
    name = f"{listed.stem}-{way.replace(':', '-')}"
    plan, run = photographs.home / f"{name}.plan", photographs.home / "runs" / name
    recipe = {
        "global": {"output": "runs"},
        "model": {"pretrained": str(photographs.weights), "freeze": "backbone"},
        "data": {"train": plan.name, "val": str(left), "image_size": 64, "eval_resize": None, "augment": "none"},
        "loss": {"logit_adjust": 1.0 if way == "logit-adjust" else None},
        "optimizer": {"lr": 0.02},
    }
    if not (run / "eval.json").exists():
        shutil.rmtree(run, ignore_errors=True)
        (photographs.home / f"{name}.yaml").write_text(yaml.safe_dump(recipe))
        size = len(listed.read_text().splitlines())
        command(
            "balance", listed, "--allow-outside-root", "--strategy", one.strategy, "--weights", one.weights,
            "--epoch-size", size, "--out", plan,
        )  # fmt: skip
        command("train", photographs.home / f"{name}.yaml")
    return float(json.loads((run / "eval.json").read_text())["balanced_accuracy"])


def draws(photographs: Photographs) -> None:
    results = Results(photographs.out / "advise_draws.csv")
    truth = Truth(photographs)
    for seed in range(photographs.seeds):
        for profile in photographs.only or ("lt50", "lt10"):
            if not results.has(profile=profile, draw=seed, objective="top1"):
                lines = photographs.long_tail(profile, seed)
                for row in drawn(photographs, truth, profile, seed, lines):
                    results.add(row)


def drawn(photographs: Photographs, truth: Truth, profile: str, seed: int, lines: list[str]) -> list[dict[str, Any]]:
    listed = photographs.written("drawn", lines)
    found = []
    recalls = truth.recalls(lines, [way for way in WAYS if way not in ("weights:sqrt", "logit-adjust")])
    for objective in ("balanced", "top1"):
        told = documented("advise", listed, "--allow-outside-root", *photographs.backbone, "--for", objective)
        values = truth.values(recalls, lines, objective)
        regret = max(values.values()) - values[told["recommended"] or "natural"]
        found += [
            {
                "profile": profile, "draw": seed, "objective": objective, "way": way["name"], "gain": way["gain"],
                "low": way["low"], "high": way["high"], "verdict": way["verdict"],
                "true_gain": round(values[way["name"]] - values["natural"], 4), "recommended": told["recommended"],
                "regret": round(regret, 4),
            }
            for way in told["ways"][1:]
        ]  # fmt: skip
    return found


def synthetic(photographs: Photographs) -> None:
    """Promised and true gain of each share; the truth is a head on all rows, asked about all that is left out."""
    results = Results(photographs.out / "advise_synthetic.csv")
    for seed in range(min(photographs.seeds, 6)):
        lines = photographs.long_tail("lt50", seed)
        for kind in photographs.only or ("new", "copies", "near", "heavy"):
            if results.has(kind=kind, draw=seed):
                continue
            made, originals = with_made(photographs, lines, kind=kind, seed=seed)
            listed = photographs.written("both", [*lines, *made])
            left = photographs.left_out([*lines, *originals])
            told = documented(
                "advise", listed, "--synthetic", "*.made.jpg", "--allow-outside-root", *photographs.backbone,
                "--strategies", "sqrt",
            )["synthetic"]  # fmt: skip
            true = share_values(photographs, lines, made, left, [0.0, *map(float, told["tried"])])
            for share, gain in told["tried"].items():
                results.add(
                    {
                        "kind": kind, "draw": seed, "share": share, "gain": gain,
                        "true_gain": round(true[float(share)] - true[0.0], 4), "chosen": told["share"],
                        "chosen_gain": told["gain"], "parents": told["parents"], "num_parents": told["num_parents"],
                        "made": len(made),
                    }
                )  # fmt: skip


def even(photographs: Photographs) -> None:
    """A balanced list of 89 rows a class: nothing is recommended, and no head is trained."""
    results = Results(photographs.out / "advise_even.csv")
    by_class: dict[str, list[str]] = {}
    for line in photographs.lines("train"):
        by_class.setdefault(line.split()[-1], []).append(line)
    listed = photographs.written("even", [line for mine in by_class.values() for line in mine[:89]])
    told = documented("advise", listed, "--allow-outside-root", *photographs.backbone)
    if not results.rows:
        results.add({"rows": told["rows"], "recommended": told["recommended"] or "", "ways_trained": len(told["ways"])})


def grow(photographs: Photographs) -> None:
    """What twice the pictures were said to give, beside what they give, from 20 and from 40 a class."""
    results = Results(photographs.out / "advise_grow.csv")
    truth = Truth(photographs)
    for seed in range(min(photographs.seeds, 6)):
        for size in (20, 40):
            if results.has(rows_per_class=size, draw=seed):
                continue
            few, many = truth.alike(size, seed), truth.alike(2 * size, seed)
            prior = photographs.home / "deploy.json"
            prior.write_text(json.dumps({str(number): 1.0 for number in range(10)}))
            told = documented(
                "advise", photographs.written("grow", few), "--allow-outside-root", *photographs.backbone,
                "--for", f"deploy:{prior}", "--strategies", "sqrt",
            )["growth"]  # fmt: skip
            left = photographs.left_out(many)
            now, twice = (share_values(photographs, lines, [], left, [0.0])[0.0] for lines in (few, many))
            results.add(
                {
                    "rows_per_class": size, "draw": seed, "gain": told["gain"], "true_gain": round(twice - now, 4),
                    "value": told["value"], "true_value": round(now, 4),
                }
            )  # fmt: skip


if __name__ == "__main__":
    main()
