"""Advice against training: do the gains come true, and is the recommended way the right one?

    python benchmarks/advise.py --data ../shared/data/clothing --weights ../shared/weights/FILE.safetensors

`draws`: long tails drawn from the training list, class order permuted, each advised on and then trained on whole (two
seeds), tested on every picture that was left out. `paid`: the long-tail list of the data, advised on by the command and
trained by `datatool train`. `synthetic`: copies of the list's own pictures, and new content of its rare classes, as
synthetic rows without a parent column. Writes CSV to `benchmarks/results/`.
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

from datatool.advise._compare import recalls, value_of
from datatool.advise._cross import corrected, make_folds
from datatool.advise._draws import Draws
from datatool.advise._judge import judge_all, objective_even
from datatool.advise._objective import make_objective
from datatool.advise._sgd import first_head, train_head
from datatool.advise._ways import DEFAULT_WAYS, parse_way
from datatool.probe import BackboneOptions, Probe, open_probe, probe_rows, settle_backbone
from datatool.rows import open_rows, resolve

PROFILES = {"lt50": (600, 12), "lt10": (300, 30)}
SETTINGS = ("data.eval_resize=null", "optimizer.lr=0.02")
MOST = 0.8  # of a class that is drawn
WAYS = ("natural", *DEFAULT_WAYS)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--part", choices=("draws", "paid", "synthetic"), action="append")
    parser.add_argument("--draws", type=int, default=12)
    parser.add_argument("--features", type=Path)
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("results"))
    options = parser.parse_args()
    for part in options.part or ("draws", "paid", "synthetic"):
        rows = {"draws": draws, "paid": paid, "synthetic": synthetic}[part](options)
        write_rows(rows, options.out / f"advise_{part}.csv")


def whole(options: argparse.Namespace) -> Probe:
    """Every picture of the three lists."""
    lists = {name: options.data / f"{name}_list.txt" for name in ("train", "val", "test")}
    backbone = settle_backbone(BackboneOptions(pretrained=str(options.weights), image_size=64, settings=SETTINGS))
    dataset = resolve(None, splits={name: str(file) for name, file in lists.items()})
    with open_rows(dataset) as rows:
        found = probe_rows(rows)
    with open_probe(found, backbone, home=options.features) as probe:
        return probe


def drawn(probe: Probe, profile: str, seed: int) -> NDArray[np.int64]:
    """Rows of a long tail from the training list."""
    random = np.random.default_rng([seed, *PROFILES[profile]])
    train = np.flatnonzero(probe.rows.split == "train")
    classes = random.permutation(len(probe.rows.classes))
    sizes = np.geomspace(*PROFILES[profile], len(classes)).round().astype(int)
    chosen = []
    for number, size in zip(classes.tolist(), sizes.tolist(), strict=True):
        mine = random.permutation(train[probe.rows.place[train] == number])
        chosen.append(mine[: min(size, int(MOST * len(mine)))])
    return np.sort(np.concatenate(chosen))


def part_of(probe: Probe, rows: NDArray[np.int64]) -> Probe:
    return Probe(
        rows=probe.rows.some(rows),
        unreadable=probe.unreadable,
        shaped=probe.shaped[rows],
        backbone=probe.backbone,
        model=probe.model,
        home=probe.home,
    )


def trained_recalls(probe: Probe, train: NDArray[np.int64]) -> dict[str, NDArray[np.float64]]:
    """Recalls that heads trained on all of the list reach on all that is left out, by way; mean of two seeds."""
    left = np.setdiff1d(np.arange(len(probe.rows)), train)
    num, place = len(probe.rows.classes), probe.rows.place
    sums = {way: np.zeros(num) for way in (*WAYS, "logit-adjust")}
    for seed in (101, 102):
        for way in WAYS:
            draw = Draws(parse_way(way), train, place, probe.rows.source, num_classes=num, batch_size=32, seed=seed)
            head = train_head(
                probe.features, draw, probe.backbone.recipe, start=first_head(probe.features.shape[1], num, seed=seed)
            )
            scores = {way: head.logits(probe.features[left])}
            if way == "natural":
                [scores["logit-adjust"]] = corrected([scores[way]], [draw.prior], objective_even(probe))
            for name, found in scores.items():
                hits = (found.argmax(axis=1) == place[left]).astype(np.float64)
                sums[name] += recalls(hits, place[left], num_classes=num) / 2
    return sums


def draws(options: argparse.Namespace) -> list[dict[str, Any]]:
    probe = whole(options)
    ids = probe.rows.classes.tolist()
    found = []
    for profile in PROFILES:
        for seed in range(options.draws):
            rows = drawn(probe, profile, seed)
            mine = part_of(probe, rows)
            counts = np.bincount(mine.rows.place, minlength=len(ids))
            objectives = [make_objective(name, counts, list(map(str, ids)), ids) for name in ("balanced", "top1")]
            folds = make_folds(mine, np.full(len(rows), -1), seed=seed)
            said = judge_all(mine, [parse_way(way) for way in WAYS], folds, objectives, seed=seed)
            true = trained_recalls(probe, rows)
            for objective, one in zip(objectives, said, strict=True):
                values = {way: value_of(recall, objective.value) for way, recall in true.items()}
                regret = round(max(values.values()) - values[one.chosen or "natural"], 4)
                found += [
                    {
                        "profile": profile, "draw": seed, "objective": objective.name, "way": way.name,
                        "gain": way.gain, "low": way.low, "high": way.high, "verdict": way.verdict,
                        "true_gain": round(values[way.name] - values["natural"], 4), "chosen": one.chosen,
                        "regret": regret,
                    }
                    for way in one.ways
                ]  # fmt: skip
                print(profile, seed, objective.name, one.chosen, regret, flush=True)
    return found


def command(*arguments: object) -> tuple[str, float]:
    """Standard output of a datatool command, and its CPU seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, "-m", "datatool", *map(str, arguments)], capture_output=True, text=True, check=False
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise SystemExit(done.stderr)
    return done.stdout, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def frozen(options: argparse.Namespace, home: Path) -> list[object]:
    given: list[object] = ["--pretrained", options.weights, "--image-size", 64, "--features", home]
    return given + [part for setting in SETTINGS for part in ("--set", setting)]


def paid(options: argparse.Namespace) -> list[dict[str, Any]]:
    """The long-tail list: the command cold and warm, then `datatool train` in every way, on all that is left out."""
    listed = options.data / "train_longtail_list.txt"
    with tempfile.TemporaryDirectory() as temporary:
        home = Path(temporary)
        text, cold = command("advise", listed, *frozen(options, home / "features"), "--json")
        _, warm = command("advise", listed, *frozen(options, home / "features"), "--json")
        told = json.loads(text)
        left = left_out(options.data, listed, home / "left.txt")
        values = {way: trained(options, listed, left, way, home) for way in (*WAYS, "logit-adjust")}
    return [
        {
            "way": way["name"], "gain": way["gain"], "low": way["low"], "high": way["high"], "verdict": way["verdict"],
            "trained_gain": round(values[way["name"]] - values["natural"], 4), "trained": values[way["name"]],
            "recommended": told["recommended"], "cpu_cold": round(cold, 1), "cpu_warm": round(warm, 1),
        }
        for way in told["ways"]
    ]  # fmt: skip


def left_out(data: Path, listed: Path, file: Path) -> Path:
    taken = set(listed.read_text().splitlines())
    every = [line for name in ("train", "val", "test") for line in (data / f"{name}_list.txt").read_text().splitlines()]
    file.write_text("".join(f"{data.resolve()}/{line}\n" for line in every if line not in taken))
    return file


def trained(options: argparse.Namespace, listed: Path, left: Path, way: str, home: Path) -> float:
    import yaml

    one = parse_way("natural" if way == "logit-adjust" else way)
    name = way.replace(":", "-")
    recipe = {
        "global": {"output": "runs"},
        "model": {"pretrained": str(options.weights.resolve()), "freeze": "backbone"},
        "data": {
            "train": str(listed.resolve()), "strategy": one.strategy, "weights": one.weights, "val": str(left),
            "epoch_size": len(listed.read_text().splitlines()), "image_size": 64, "eval_resize": None,
            "augment": "none",
        },
        "loss": {"logit_adjust": 1.0 if way == "logit-adjust" else None},
        "optimizer": {"lr": 0.02},
    }  # fmt: skip
    (home / f"{name}.yaml").write_text(yaml.safe_dump(recipe))
    command("train", home / f"{name}.yaml")
    value = json.loads((home / "runs" / name / "eval.json").read_text())["balanced_accuracy"]
    print(way, value, flush=True)
    return float(value)


def synthetic(options: argparse.Namespace) -> list[dict[str, Any]]:
    """Copies of own pictures, and new content of the five rarest classes, both degraded, without parents."""
    found = []
    listed = options.data / "train_longtail_list.txt"
    for kind in ("copies", "new"):
        with tempfile.TemporaryDirectory() as temporary:
            home = Path(temporary)
            made, left = degraded(options.data, listed, home, kind=kind)
            home_of = ["--root", options.data, "--synthetic", "*.made.jpg", "--allow-outside-root"]
            kept = options.features or home / "features"
            text, _ = command("advise", made, *home_of, *frozen(options, kept), "--json")
            told = json.loads(text)["synthetic"]
            true = {share: share_value(options, made, left, kept, share) for share in (0.0, *map(float, told["tried"]))}
            for share, gain in told["tried"].items():
                found.append(
                    {
                        "kind": kind, "share": share, "gain": gain,
                        "true_gain": round(true[float(share)] - true[0.0], 4),
                        "chosen": told["share"], "parents": told["parents"], "num_parents": told["num_parents"],
                    }
                )  # fmt: skip
            print(kind, told, true, flush=True)
    return found


def degraded(data: Path, listed: Path, home: Path, *, kind: str) -> tuple[Path, Path]:
    """A list with 60 made pictures of each of the five rarest classes, and the val and test lists together."""
    import cv2

    random = np.random.default_rng(7)
    own = listed.read_text().splitlines()
    others = [line for line in (data / "train_list.txt").read_text().splitlines() if line not in set(own)]
    tested = [line for name in ("val", "test") for line in (data / f"{name}_list.txt").read_text().splitlines()]
    sizes = {label: sum(line.endswith(f" {label}") for line in own) for label in {line.split()[-1] for line in own}}
    lines = list(own)
    for label in sorted(sizes, key=lambda one: sizes[one])[:5]:
        pool = [line for line in (own if kind == "copies" else others) if line.endswith(f" {label}")]
        chosen = [pool[number] for number in random.permutation(len(pool))[:60]]
        for number in range(60):
            line = chosen[number % len(chosen)]
            picture = cv2.imread(str(data / line.split()[0]))
            file = home / f"{label}_{number}.made.jpg"
            cv2.imwrite(str(file), worn(picture, random), [cv2.IMWRITE_JPEG_QUALITY, 60])
            lines.append(f"{file} {label}")
    (home / "both.txt").write_text("".join(f"{line}\n" for line in lines))
    (home / "left.txt").write_text("".join(f"{data.resolve()}/{line}\n" for line in tested))
    return home / "both.txt", home / "left.txt"


def worn(picture: Any, random: np.random.Generator) -> Any:
    """Mildly: mirrored or not, blurred, other brightness."""
    import cv2

    if random.random() < 0.5:
        picture = picture[:, ::-1]
    picture = cv2.GaussianBlur(picture, (0, 0), 1.5)
    return np.clip(picture * random.uniform(0.8, 1.2) + random.uniform(-15, 15), 0, 255).astype(np.uint8)


def share_value(options: argparse.Namespace, made: Path, left: Path, kept: Path, share: float) -> float:
    """Macro recall on what is left out, of a head on all rows with this share."""
    from datatool.advise._synthetic import share_weights
    from datatool.probe import Design

    backbone = settle_backbone(BackboneOptions(pretrained=str(options.weights), image_size=64, settings=SETTINGS))
    probes = []
    for file, root in ((made, str(options.data)), (left, None)):
        with open_rows(resolve(str(file), root=root, synthetic=("*.made.jpg",))) as rows:
            found = probe_rows(rows)
        with open_probe(found, backbone, home=kept) as probe:
            probes.append(probe)
    train, test = probes
    num = len(train.rows.classes)
    weights = share_weights(train.rows.place, train.rows.synthetic, share=share, num_classes=num)
    head = Design(train.features).fit(train.rows.place, num_classes=num, penalty=0.1, weights=weights)
    hits = (head.logits(test.features).argmax(axis=1) == test.rows.place).astype(np.float64)
    return value_of(recalls(hits, test.rows.place, num_classes=num), np.full(num, 1 / num))


if __name__ == "__main__":
    main()
