"""Every page of the program, of data sets from two to 100,000 classes, made without training anything."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from datatool.advise._page import advise_page
from datatool.audit import AuditOptions, audit
from datatool.balance import BalanceOptions, make_plan
from datatool.deploy._calibration_page import write_calibration_page
from datatool.deploy.profiling import write_profile_page
from datatool.evaluation._metrics import Predictions, summarise
from datatool.evaluation.page import write_page
from datatool.evaluation.page._against import Against
from datatool.rows import open_rows, resolve
from datatool.runs import RunFolder
from datatool.schemas import (
    AdviseDocument,
    CalibrationDocument,
    CompareDocument,
    EvalDocument,
    MetricsLine,
    ProfileDocument,
    Recipe,
    SuspectsDocument,
    TrainCell,
)
from datatool.suspects import review_html
from tests.helpers.scenes import encode, scene

SIZES = (2, 10, 1_000, 100_000)
BY_CLASSES = ("audit", "plan", "run")
OTHERS = ("profile", "calibration", "advise", "review")
_LONG = "a breed of dog with a name that is far longer than anybody would like"
_PICTURES = 20


def make_page(kind: str, num_classes: int, folder: Path, /) -> Path:
    """Write one page into a folder and give its path; the same every time."""
    _write_pictures(folder)
    return {
        "audit": _audit, "plan": _plan, "run": _run, "profile": _profile, "calibration": _calibration,
        "advise": _advise, "review": _review,
    }[kind](num_classes, folder)  # fmt: skip


def class_name(label: int, /) -> str:
    """Short, long, and not Latin."""
    return (f"cat {label}", f"{_LONG} {label}", f"犬の種類 {label}", f"e\u0301te\u0301-{label}")[label % 4]


def _write_pictures(folder: Path) -> None:
    for number in range(_PICTURES):
        size = {"height": 60 + 10 * (number % 5), "width": 120 - 10 * (number % 7)}
        (folder / f"{number}.jpg").write_bytes(encode(scene(number, **size)))


def _sizes(num_classes: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    """A long tail, the largest class at least fifty times the smallest."""
    return np.maximum(1, 400 / np.arange(1, num_classes + 1) ** 0.8).astype(np.int64) + (num_classes == 2)


def _write_list(num_classes: int, folder: Path) -> Path:
    labels = np.repeat(np.arange(num_classes) * (2 if num_classes > 100 else 1), _sizes(num_classes))
    lines = [
        f"{row % _PICTURES if num_classes <= 10 and row < _PICTURES else f'images/{row}'}.jpg {label}"
        for row, label in enumerate(labels.tolist())
    ]
    if num_classes <= 10:
        lines = [f"{row}.jpg {row % num_classes}" for row in range(_PICTURES)]
    (folder / "train.txt").write_text("\n".join(lines) + "\n")
    names = "".join(f"{label} {class_name(label)}\n" for label in sorted(set(labels.tolist())))
    (folder / "names.txt").write_text(names)
    return folder / "train.txt"


def _audit(num_classes: int, folder: Path) -> Path:
    file = _write_list(num_classes, folder)
    with file.open("a") as stream:
        stream.write("no label here\n0.jpg 1\n" if num_classes <= 1000 else "")
    with open_rows(resolve(str(file), names=folder / "names.txt")) as rows:
        audit(rows, options=AuditOptions(images=num_classes <= 10, image_cache=None), out=folder / "audit")
    return folder / "audit" / "report.html"


def _plan(num_classes: int, folder: Path) -> Path:
    file = _write_list(num_classes, folder)
    strategy = "progressive:5" if num_classes == 10 else "oversample"
    dataset = resolve(str(file), names=folder / "names.txt", synthetic=["1*.jpg"])
    with open_rows(dataset) as rows:
        make_plan(rows, strategy=strategy, out=folder / "train.plan", options=BalanceOptions(skip_faulty=True))
    return folder / "train.plan" / "plan.html"


def evaluation(num_classes: int, folder: Path, /) -> EvalDocument:
    """Results of somewhat good predictions."""
    generator = np.random.default_rng(0)
    num = max(600, 2 * num_classes)
    label = np.arange(num) % num_classes
    predicted = np.where(generator.random(num) < 0.8, label, generator.integers(0, num_classes, num))
    found = Predictions(
        label=label,
        predicted=predicted,
        corrected=label,
        confidence=generator.uniform(0.3, 1, num),
        loss=generator.uniform(0, 5, num),
        path=[str(folder / f"{row % _PICTURES}.jpg") for row in range(num)],
        source=np.where(generator.random(num) < 0.2, "synthetic", "real"),
    )
    cells = [
        TrainCell.model_validate({"class": c, "source": "real", "rows": 5, "loss": 0.5}) for c in range(num_classes)
    ]
    return summarise(found, class_num=num_classes, names=[class_name(c) for c in range(num_classes)], train_cells=cells)


def _lines() -> list[MetricsLine]:
    return [
        MetricsLine(
            stage=0, epoch=epoch, step=(epoch + 1) * 97, lr=0.1 * 0.8**epoch, loss=2 / (epoch + 1) + 0.05,
            images_per_second=100, eval={"balanced_accuracy": 0.9 - (epoch - 7) ** 2 / 100, "top1": 0.93 - epoch / 90},
        )
        for epoch in range(10)
    ]  # fmt: skip


def _run(num_classes: int, folder: Path) -> Path:
    home = folder / "runs" / "flowers"
    home.mkdir(parents=True)
    run = RunFolder(path=home)
    for line in _lines():
        run.add_metrics(line)
    against = Against(compared=_compared(num_classes), lines=_lines()[:6])
    recipe = Recipe.parse({"data": {"train": "train.plan"}})
    document = evaluation(num_classes, folder)
    write_page(run, recipe, document, document if num_classes == 2 else None, against=against)
    return home / "report.html"


def _compared(num_classes: int) -> CompareDocument:
    figure = {"first": 0.81, "second": 0.84, "difference": 0.03, "low": -0.01, "high": 0.07, "verdict": "not shown"}
    classes = [
        {
            "class": label, "name": class_name(label), "support": 20, "first": 0.5 + (label % 7) / 20,
            "second": 0.75, "difference": 0.25 - (label % 7) / 20, "low": 0.05 - (label % 7) / 20, "high": 0.4,
            "p": 0.04, "verdict": "better" if label % 7 < 2 else "not shown", "only_first": 1, "only_second": 4,
        }
        for label in range(num_classes)
    ]  # fmt: skip
    side = {"step": 970, "weights": "last", "class_num": num_classes}
    return CompareDocument.model_validate(
        {
            "first": {"run": "runs/before", **side}, "second": {"run": "runs/flowers", **side}, "dataset": "test.txt",
            "rows": 600, "unread": 0, "confidence": 0.95, "classes": classes, "removed": [], "new": [],
            "new_balanced_accuracy": None,
            "figures": [{"name": "top1", "p": 0.1, **figure}, {"name": "balanced_accuracy", **figure}],
        }
    )  # fmt: skip


def _profile(num_models: int, folder: Path) -> Path:
    time = {"median": 12.3, "min": 11.0, "max": 20.5, "runs": 20}
    models = [
        {
            "name": f"runs/resnet{number}_of_a_long_name", "class_num": 1000, "image_size": 224,
            "params": 11_689_512 * (number + 1), "macs": 1_814_073_344 * (number + 1),
            "flops": 3_628_146_688 * (number + 1), "activation_bytes_training": 8 << 20,
            "activation_bytes_inference": 3 << 20, "head_params": 513_000, "eager": {**time, "median": 10.0 + number},
            "compiled": {**time, "median": 4.0 + 3 * number}, "balanced_accuracy": 0.8 + number / 50, "top1": 0.8,
        }
        for number in range(num_models)
    ]  # fmt: skip
    document = ProfileDocument.model_validate({"rule": "2 FLOPs per MAC", "batch": 1, "threads": 2, "models": models})
    write_profile_page(document, folder / "profile.html")
    return folder / "profile.html"


def _calibration(_: int, folder: Path) -> Path:
    curve = [{"threshold": n / 50, "coverage": 1 - n / 50, "accuracy": 0.8 + n / 260} for n in range(50)]
    found = {
        "temperature": 1.7, "prior": {0: 0.5, 1: 0.5}, "precision": 0.95, "threshold": 0.6, "coverage": 0.7,
        "reached": 0.96, "reached_low": 0.95, "rows": 500, "calibration_error_before": 0.1,
        "calibration_error_after": 0.02,
    }  # fmt: skip
    document = CalibrationDocument.model_validate(
        {
            "weights": "ab", "step": 970, "dataset": "val.txt", "prior_from": "val.txt", "loss_before": 0.5,
            "loss_after": 0.4, "unseen": [class_name(1)], "curve": curve, "calibration": found,
        }
    )  # fmt: skip
    write_calibration_page(document, folder / "calibration.html", run=folder)
    return folder / "calibration.html"


def _advise(num_classes: int, folder: Path) -> Path:
    names = ("natural", "sqrt", "oversample", "natural + logit_adjust")
    ways = [
        {"name": name, "value": 0.8, "gain": n / 50 - 0.02, "low": n / 50 - 0.05, "high": n / 50 + 0.01,
         "verdict": "cannot tell", "trained": n < 3}
        for n, name in enumerate(names)
    ]  # fmt: skip
    classes = [
        {"class": c, "name": class_name(c), "rows": 40, "recall": dict.fromkeys(names, 0.8)} for c in range(num_classes)
    ]
    document = AdviseDocument.model_validate(
        {
            "objective": "balanced", "rows": 4000, "classes": classes, "ways": ways, "same": [["natural", "power:1"]],
            "recommended": "sqrt", "command": f"datatool balance {'train.txt ' * 30}--strategy sqrt", "synthetic": None,
            "growth": {"factor": 2, "value": 0.8, "gain": 0.02, "error": 0.01}, "reason": "it is better",
            "trainer": "paddle", "folds": 5, "repeats": 2,
            "refused": ["recalls of classes under 5 rows"], "backbone": "paddle.vision:resnet18",
        }
    )  # fmt: skip
    (folder / "advise.html").write_text(advise_page(document, dataset="train.txt"), "utf-8")
    return folder / "advise.html"


def _review(num_classes: int, folder: Path) -> Path:
    from datatool.report import thumbnail

    items = [
        {
            "digest": f"{n:032x}", "thumb": thumbnail((folder / f"{n % _PICTURES}.jpg").read_bytes()),
            "path": f"images/{'deep/' * 9}{n}.jpg", "file": "train.txt", "line": n + 1, "class": n % num_classes,
            "kind": "label", "code": "I801", "score": 1.5, "suggested": (n + 1) % num_classes, "rows": 40,
            "source": "real", "other": None, "otherClass": None, "otherThumb": None, "mirrored": False,
        }
        for n in range(60)
    ]  # fmt: skip
    document = SuspectsDocument.model_validate(
        {
            "rows": 4000, "backbone": "paddle.vision:resnet18", "label_errors": {"estimate": 20, "upper": 60},
            "counts": {"I801": 60, "I802": 0, "I803": 0, "I804": 0}, "classes": [], "notes": [],
        }
    )  # fmt: skip
    html = review_html(items, classes={c: class_name(c) for c in range(num_classes)}, document=document)
    (folder / "review.html").write_text(html, "utf-8")
    return folder / "review.html"
