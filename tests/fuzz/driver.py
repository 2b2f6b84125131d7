"""Feeds mutated files to what reads them, under a memory limit; run as a program by `test_mutations.py`.

    python -m tests.fuzz.driver FOLDER SEED COUNT

Prints a line for each input whose reading ended in anything but an error of ours.
"""

from __future__ import annotations

import random
import resource
import shutil
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

import numpy as np

from tests.helpers.mutations import MEMORY, mutated

_TABLES = (
    "l.txt",
    "l.txt.gz",
    "t.csv",
    "t.jsonl",
    "t.parquet",
    "s.parquet",
    "t.arrow",
    "c.tar",
    "c.zip",
    "d.yaml",
)


def main() -> None:
    """Read COUNT mutated inputs."""
    folder, seed, count = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    targets = _targets(folder)
    for number in range(count):
        dice = random.Random(f"{seed}/{number}")
        name, read = targets[number % len(targets)]
        original = (folder / "seeds" / name).read_bytes()
        file = folder / name
        file.write_bytes(mutated(original, dice))
        fault = _fault(read)
        if fault:
            kept = folder / f"fault-{seed}-{number}-{Path(name).name}"
            shutil.copy(file, kept)
            sys.stdout.write(f"{kept}: {fault}\n")
        file.write_bytes(original)
    sys.stdout.write(f"read {count}\n")


def _targets(folder: Path) -> list[tuple[str, Callable[[], object]]]:
    from datatool.rows import listed_paths, open_rows, resolve
    from datatool.runs import read_recipe
    from datatool.schemas import Plan, load_yaml, verify_plan

    def rows(name: str) -> Callable[[], object]:
        def read() -> None:
            dataset = resolve(str(folder / name))
            list(listed_paths(dataset))
            with open_rows(dataset) as opened:
                opened.read().execute("SELECT count(*), min(path), min(source) FROM rows").fetchall()

        return read

    def names() -> None:
        with open_rows(resolve(str(folder / "l.txt"), names=folder / "names.txt")) as opened:
            opened.read()

    def plan() -> None:
        opened = Plan.open(folder / "p.plan")
        opened.rows(np.arange(opened.num_rows))
        verify_plan(folder / "p.plan")

    return [
        ("p.plan/plan.json", plan),
        ("p.plan/index.arrow", plan),
        ("d.yaml", lambda: load_yaml((folder / "d.yaml").read_text("utf-8", errors="surrogateescape"))),
        ("r.yaml", lambda: read_recipe(folder / "r.yaml")),
        *((name, rows(name)) for name in _TABLES),
        ("names.txt", names),
    ]


def _fault(read: Callable[[], object]) -> str:
    from datatool.errors import DatatoolError

    try:
        read()
    except DatatoolError as error:
        sentence = str(error)
        return "" if len(sentence) < 2_000 and "\n" not in sentence and "\x1b" not in sentence else sentence[:2_000]
    except OSError as error:  # a name that is too long for the system; the program says so in one sentence
        return "" if error.errno else traceback.format_exc().strip().replace("\n", " | ")
    except BaseException:  # noqa: BLE001 - whatever else ends a reading is what is looked for
        return traceback.format_exc().strip().replace("\n", " | ")
    return ""


if __name__ == "__main__":
    main()
