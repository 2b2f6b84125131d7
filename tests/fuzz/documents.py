"""Runs commands over mutated documents of our own and of PaddleClas; run as a program by `test_documents.py`.

    python -m tests.fuzz.documents FOLDER SEED COUNT

Prints a line for each command that ended in anything but an answer or a sentence.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import random
import resource
import shutil
import sys
import traceback
from pathlib import Path
from typing import Final

from tests.helpers.clas_yaml import sections, write
from tests.helpers.mutations import MEMORY, mutated
from tests.helpers.pictures import jpeg

PRIOR: Final = {"0": 0.5, "1": 0.3, "2": 0.2}
TARGETS: Final = (
    ("a/audit.json", "audit l.txt --baseline a"),
    ("a/findings.parquet", "balance l.txt --strategy natural --findings a"),
    ("s/contents.parquet", "diff s t"),
    ("p.plan/plan.json", "diff p.plan q.plan"),
    ("p.plan/index.arrow", "diff p.plan q.plan"),
    ("p.plan/index.arrow", "bench p.plan --seconds 0.1"),
    ("r/map.json", "relabel names.csv --map r/map.json"),
    ("r/dataset.yaml", "audit r/dataset.yaml"),
    ("s/dataset.yaml", "split l.txt --from s"),
    ("merge.csv", "relabel names.csv --merge merge.csv"),
    ("cells.csv", "balance l.txt --strategy cells:cells.csv"),
    ("weights.csv", "balance l.txt --strategy natural --weights weights.csv"),
    ("eval.json", "balance l.txt --strategy natural --feedback eval.json"),
    ("decisions.json", "clean l.txt --decisions decisions.json"),
    ("decisions.json", "relabel l.txt --decisions decisions.json"),
    ("explained.log", "explain explained.log --json"),
    ("clas.yaml", "paddleclas audit clas.yaml"),
    ("clas.yaml", "paddleclas balance clas.yaml --strategy oversample"),
    ("packed/manifest-0.arrow", "balance packed/dataset.yaml --strategy oversample"),
)
WRITES: Final = ("balance", "relabel", "split", "clean")


def main() -> None:
    """Run COUNT commands."""
    folder, seed, count = Path(sys.argv[1]).resolve(), int(sys.argv[2]), int(sys.argv[3])
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    os.chdir(folder)
    make()
    targets = [(name, command.split()) for name, command in TARGETS if (folder / name).is_file()]
    for number in range(count):
        dice = random.Random(f"{seed}/{number}")
        name, command = targets[number % len(targets)]
        file = folder / name
        original = file.read_bytes()
        file.write_bytes(mutated(original, dice))
        if fault := _fault(command, folder):
            kept = folder / f"fault-{seed}-{number}-{file.name}"
            shutil.copy(file, kept)
            sys.stdout.write(f"{kept}: {' '.join(command)}: {fault}\n")
        file.write_bytes(original)
    sys.stdout.write(f"ran {count}\n")


def make() -> None:
    """Write good documents into the current folder, most of them by the commands that write them."""
    rows = [(f"{place}.jpg", place % 3) for place in range(9)]
    for place, (path, _) in enumerate(rows):
        Path(path).write_bytes(jpeg(place, width=48, height=40))
    Path("l.txt").write_text("".join(f"{path} {label}\n" for path, label in rows))
    Path("names.csv").write_text("path,label\n" + "".join(f"{path},n{label}\n" for path, label in rows))
    Path("merge.csv").write_text("old,new\nn1,n0\n")
    Path("cells.csv").write_text("class,source,share\n0,real,0.5\n1,real,0.3\n2,real,0.2\n")
    Path("weights.csv").write_text("class,source,weight\n0,real,1\n1,real,2\n2,real,3\n")
    Path("eval.json").write_text(json.dumps(_evaluation()))
    Path("decisions.json").write_text(json.dumps(_decisions()))
    Path("explained.log").write_text(
        "Traceback (most recent call last):\nOSError: [Errno 28] No space left on device\n"
    )
    write(Path(), sections())
    for command in (
        "audit l.txt --images -o a --fail-on never",
        "balance l.txt --strategy oversample -o p.plan",
        "balance l.txt --strategy natural -o q.plan",
        "relabel names.csv -o r",
        "split l.txt --val 0.3 -o s",
        "split l.txt --val 0.3 --seed 1 -o t",
        "pack l.txt -o packed",
    ):
        code, said = _run(command.split())
        if code:
            raise SystemExit(f"datatool {command}: {said}")


def _evaluation() -> dict[str, object]:
    classes = [
        {"class": label, "name": str(label), "support": 3, "recall": 0.5, "precision": 0.5} for label in range(3)
    ]
    cells = [{"class": label, "source": "real", "rows": 3, "loss": 0.5} for label in range(3)]
    confusion = [[2, 1, 0], [0, 2, 1], [1, 0, 2]]
    return {
        "schema": "datatool.eval/1",
        "top1": 0.5,
        "balanced_accuracy": 0.5,
        "per_class": classes,
        "per_source": {},
        "confusion": confusion,
        "train_cells": cells,
    }


def _decisions() -> dict[str, object]:
    asked = [("drop", None), ("relabel", 2), ("keep", None)]
    decisions: list[dict[str, object]] = [
        {"digest": hashlib.blake2b(Path(f"{place}.jpg").read_bytes(), digest_size=16).hexdigest()}
        | {"path": f"{place}.jpg", "old_class": place, "action": action, "new_class": label}
        for place, (action, label) in enumerate(asked)
    ]
    return {"schema": "datatool.decisions/1", "decisions": decisions}


def _fault(command: list[str], folder: Path) -> str:
    out = folder / "out"
    try:
        code, said = _run([*command, *(["-o", str(out)] if command[0] in WRITES or "balance" in command else [])])
    except BaseException:  # noqa: BLE001 - whatever else ends a command is what is looked for
        return traceback.format_exc().strip().replace("\n", " | ")
    finally:
        shutil.rmtree(out, ignore_errors=True)
    if code not in (0, 1, 2) or "internal error" in said or "Traceback" in said:
        return f"{code}: {said[-2_000:]}"
    return "half-written" if any(folder.glob(".out*")) else ""


def _run(arguments: list[str]) -> tuple[int, str]:
    from datatool.cli import main as program

    sys.argv = ["datatool", *arguments]
    said = io.StringIO()
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(said):
            program()
    except SystemExit as stop:
        return int(stop.code or 0), said.getvalue()
    return 0, said.getvalue()


if __name__ == "__main__":
    main()
