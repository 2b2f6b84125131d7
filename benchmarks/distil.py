"""What distillation gains: examples/distil_student.yaml with and without its teacher, three seeds.

    python benchmarks/distil.py [--seeds 3] [--out FILE.csv]

The teacher is examples/distil_teacher.yaml, trained once. Every run draws the same pictures in the same order with and
without the teacher and is tested on ../shared/data/clothing/test_list.txt with its last weights.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from statistics import mean
from typing import Any

from machine import write_rows

from datatool.evaluation import evaluate
from datatool.runs import read_recipe
from datatool.schemas import EvalDocument
from datatool.trainers import make_trainer
from datatool.training import fit

HERE = Path(__file__).resolve().parents[1]
EXAMPLES = HERE / "examples"
TEST = HERE.parent / "shared" / "data" / "clothing" / "test_list.txt"


def trained(recipe: str, output: Path, *overrides: str) -> tuple[EvalDocument, float]:
    """Train an example; its result on the test list, and the CPU seconds it took."""
    begun = time.process_time()
    reading = read_recipe(EXAMPLES / f"{recipe}.yaml", overrides=[f"global.output={output}", *overrides])
    folder = fit(make_trainer("paddle"), reading.recipe, base=reading.base)
    spent = time.process_time() - begun
    return evaluate(folder, list=str(TEST)), spent


def row(name: str, found: list[tuple[EvalDocument, float]]) -> dict[str, Any]:
    """Means over seeds, and each seed's balanced accuracy."""
    line = {
        "model": name,
        "balanced": round(mean(document.balanced_accuracy for document, _ in found), 3),
        "top1": round(mean(document.top1 for document, _ in found), 3),
        "of each seed": " ".join(f"{document.balanced_accuracy:.3f}" for document, _ in found),
        "cpu_seconds": round(mean(spent for _, spent in found)),
    }
    print(line, flush=True)
    return line


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="distil-") as folder:
        output = Path(folder)
        rows = [row("ResNet-18, the teacher", [trained("distil_teacher", output)])]
        for name, teacher in (("labels alone", "null"), ("labels and teacher", output / "distil_teacher")):
            found = [
                trained(
                    "distil_student",
                    output,
                    f"distill.teacher={teacher}",
                    f"global.seed={seed}",
                    f"run.name=student-{teacher == 'null'}-{seed}",
                )
                for seed in range(options.seeds)
            ]
            rows.append(row(f"MobileNetV3-small, {name}", found))
    if options.out is not None:
        write_rows(rows, options.out)


if __name__ == "__main__":
    main()
