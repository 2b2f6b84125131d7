"""The main job on embedded data: audit, balance, fine-tune a frozen backbone without and with balancing, compare."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np

from datatool.audit import audit
from datatool.balance import make_plan
from datatool.demo._digits import NAMES, DemoData, train_count, write_digits
from datatool.demo._page import write_page
from datatool.demo._to_try import leave_files
from datatool.errors import ConfigError
from datatool.rows import open_rows, resolve
from datatool.schemas import (
    SYNTHETIC,
    AuditDocument,
    DemoClass,
    DemoDocument,
    DemoResult,
    EvalDocument,
    Plan,
    Recipe,
    atomic_file,
)

Say = Callable[[str], None]

DOCUMENT: Final = "demo.json"
PAGE: Final = "demo.html"
_MARK: Final = ".datatool-demo"  # says that the folder is ours to replace
PRETRAIN_EPOCHS: Final = 8
TUNE_EPOCHS: Final = 20  # of the balanced plan; the other run gets as many steps
NUM_RARE: Final = 3


def run_demo(out: Path, /, *, seed: int = 0, say: Say = lambda _: None) -> DemoDocument:
    """Run the whole demonstration into ``out``.

    Args:
        out: Folder for data, plans, runs, `demo.json`, `demo.html`, and files under the names that the documentation
            uses; one that an earlier demo wrote is replaced.
        seed: Decides which classes are rare, which digits are taken, and every draw after that.
        say: Called with one line per step.

    Returns:
        Both runs side by side.

    Raises:
        ConfigError: If ``out`` holds something else.
        MissingDependencyError: Without scikit-learn or Paddle.
    """
    start = time.monotonic()
    _prepare(out)
    say(f"1/6 writing real and synthetic digits to {out / 'data'}")
    data = write_digits(out / "data", seed=seed)
    say("2/6 auditing them")
    found = _audit(data.train)
    _say_audit(found, say)
    say("3/6 making two plans: natural and oversample")
    natural, balanced = (
        _plan(data.train, strategy, out / f"{strategy}.plan", seed=seed) for strategy in ("natural", "oversample")
    )
    say("4/6 training a small backbone on synthetic digits only")
    weights = _pretrain(data, out, seed=seed)
    steps = TUNE_EPOCHS * balanced.epoch_size
    results = []
    for number, (name, plan) in enumerate([("natural", natural), ("balanced", balanced)], 5):
        say(f"{number}/6 fine-tuning the frozen backbone on real and synthetic digits: {name}")
        epochs = round(steps / plan.epoch_size)
        results.append(_tune(name, plan, weights, data, out, epochs=epochs, seed=seed))
    document = _document(found, data, results, out, seed=seed, seconds=time.monotonic() - start)
    write_page(out / PAGE, document, found, data)
    leave_files(out, data, weights)
    with atomic_file(out / DOCUMENT) as temporary:
        temporary.write_text(document.to_json(), encoding="utf-8")
    return document


def _prepare(out: Path) -> None:
    if out.exists() and any(out.iterdir()) and not (out / _MARK).exists():
        raise ConfigError(
            f"the demo's folder must be new or an earlier demo's; got '{out}'", hint="name another with -o"
        )
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    (out / _MARK).touch()


def _audit(dataset: Path) -> AuditDocument:
    with open_rows(resolve(str(dataset))) as rows:
        return audit(rows)


def _say_audit(found: AuditDocument, say: Say) -> None:
    say(f"    {found.rows:,} rows, class_num {found.class_num}, imbalance {found.imbalance_ratio:.1f}:1")
    for finding in found.findings:
        say(f"    {finding.code} {finding.name}: {finding.message}")


def _plan(dataset: Path, strategy: str, out: Path, *, seed: int) -> Plan:
    with open_rows(resolve(str(dataset))) as rows:
        return make_plan(rows, strategy=strategy, out=out, seed=seed)


def _pretrain(data: DemoData, out: Path, *, seed: int) -> Path:
    """Train on synthetic digits; returns the weights."""
    _plan(data.pretrain, "natural", out / "fonts.plan", seed=seed)
    recipe = _recipe("backbone", "fonts.plan", seed=seed, epochs=PRETRAIN_EPOCHS, lr=0.05, model={})
    run = _train(recipe, out)
    return max((run / "checkpoints").glob("step_*"), key=lambda path: int(path.name[5:])) / "model.safetensors"


def _tune(name: str, plan: Plan, weights: Path, data: DemoData, out: Path, *, epochs: int, seed: int) -> EvalDocument:
    from datatool.evaluation import evaluate

    model = {"pretrained": str(weights.relative_to(out)), "freeze": "backbone"}
    recipe = _recipe(name, plan.folder.name, seed=seed, epochs=epochs, lr=0.02, model=model)
    return evaluate(_train(recipe, out), list=str(data.test))


def _train(recipe: Recipe, out: Path) -> Path:
    from datatool.training import train

    return train(recipe, base=out, resume=False)


def _recipe(name: str, plan: str, *, seed: int, epochs: int, lr: float, model: dict[str, Any]) -> Recipe:
    half = (0.5, 0.5, 0.5)
    return Recipe.parse(
        {
            "global": {"seed": seed, "device": "cpu", "output": "runs"},
            "model": {"backbone": "datatool.demo:small_backbone", **model},
            "data": {
                "train": plan, "image_size": 32, "batch_size": 32, "augment": "none", "eval_resize": None,
                "views": 1, "engine": "threads", "num_threads": 2, "mean": half, "std": half,
            },
            "optimizer": {"lr": lr},
            "run": {"name": name, "epochs": epochs},
        }
    )  # fmt: skip


def _document(
    found: AuditDocument, data: DemoData, results: list[EvalDocument], out: Path, *, seed: int, seconds: float
) -> DemoDocument:
    natural, balanced = ({one.class_: one.recall or 0.0 for one in result.per_class} for result in results)
    classes = [
        DemoClass.parse(
            {
                "class": label, "name": NAMES[label], "real": train_count(place),
                "synthetic": found.counts[label].get(SYNTHETIC, 0),
                "recall_natural": natural[label], "recall_balanced": balanced[label],
            }
        )
        for place, label in enumerate(data.by_count)
    ]  # fmt: skip
    rare = data.by_count[-NUM_RARE:]
    sides = [
        DemoResult(
            strategy=strategy,
            top1=result.top1,
            balanced_accuracy=result.balanced_accuracy,
            rare_recall=float(np.mean([recall[label] for label in rare])),
        )
        for strategy, result, recall in zip(("natural", "oversample"), results, (natural, balanced), strict=True)
    ]
    return DemoDocument(
        seed=seed, natural=sides[0], balanced=sides[1], classes=classes,
        page=str(out / PAGE), folder=str(out), seconds=round(seconds, 1),
    )  # fmt: skip
