"""What the benchmarks of advise and suspects share: lists of photographs, and the product's commands on them.

Commands run in this process, as `datatool` runs them, so that importing and compiling is paid for once; `alone` runs
one by itself, for its CPU seconds.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
_BYTECODE = "PYTHONDONTWRITEBYTECODE"  # with it every process compiles all modules again
_ALONE = {name: value for name, value in os.environ.items() if name != _BYTECODE}  # as a user has it
for _name in _THREADS:
    os.environ.setdefault(_name, "1")

SETTINGS = ("--image-size", "64", "--set", "data.eval_resize=null", "--set", "optimizer.lr=0.02")
LISTS = ("train", "val", "test")
PROFILES = {"lt50": (600, 12), "lt10": (300, 30)}  # rows of the largest and of the smallest class
MOST = 0.8  # of a class that is drawn


@dataclass(frozen=True, kw_only=True)
class Photographs:
    """The data, the backbone, and a folder for what is made of them.

    Attributes:
        data: Folder with `train_list.txt`, `val_list.txt`, `test_list.txt` and `train_longtail_list.txt`.
        weights: Of a ResNet-18.
        home: For lists, runs and kept features.
        out: For results.
        seeds: Draws, or how often errors are put in.
        only: Profiles, sets or kinds that are wanted; all where it is empty.
        foreign: A folder of photographs of other things, if there is one.
    """

    data: Path
    weights: Path
    home: Path
    out: Path
    seeds: int
    only: tuple[str, ...]
    foreign: Path | None

    @property
    def features(self) -> Path:
        """Where features are kept."""
        return self.home / "features"

    @property
    def backbone(self) -> list[object]:
        """Options that name the frozen backbone."""
        return ["--pretrained", self.weights, *SETTINGS, "--features", self.features]

    def lines(self, *names: str) -> list[str]:
        """`path label` of some lists."""
        return [line for name in names for line in (self.data / f"{name}_list.txt").read_text().splitlines()]

    def written(self, name: str, lines: list[str]) -> Path:
        """A list with paths that hold anywhere."""
        file = self.home / f"{name}.txt"
        file.write_text("".join(f"{self.data / line}\n" for line in lines))
        return file

    def long_tail(self, profile: str, seed: int) -> list[str]:
        """Lines of a long tail drawn from the training list, class order permuted; `list` is the data's own."""
        if profile == "list":
            return self.lines("train_longtail")
        import numpy as np

        random = np.random.default_rng([seed, *PROFILES[profile]])
        by_class: dict[int, list[str]] = {}
        for line in self.lines("train"):
            by_class.setdefault(int(line.split()[-1]), []).append(line)
        sizes = np.geomspace(*PROFILES[profile], len(by_class)).round().astype(int).tolist()
        chosen: list[str] = []
        for number, size in zip(random.permutation(sorted(by_class)).tolist(), sizes, strict=True):
            mine = by_class[number]
            kept = random.permutation(len(mine))[: min(size, int(MOST * len(mine)))]
            chosen += [mine[place] for place in sorted(kept.tolist())]
        return sorted(chosen)

    def left_out(self, lines: list[str]) -> list[str]:
        """Every picture of the three lists that is not among the lines."""
        taken = set(lines)
        return [line for line in self.lines(*LISTS) if line not in taken]


def options(text: str | None, parts: Mapping[str, Callable[[Photographs], None]]) -> None:
    """Parse the command line and run the parts that it names, all of them by default, in their order."""
    parser = argparse.ArgumentParser(description=text, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--home", type=Path, required=True, help="a folder for lists, runs and features; kept")
    parser.add_argument("--part", choices=tuple(parts), action="append")
    parser.add_argument("--seeds", type=int, default=12, help="draws, or errors put in")
    parser.add_argument("--foreign", type=Path, help="a folder of photographs of other things")
    parser.add_argument("--only", action="append", help="of profiles, sets or kinds")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("results"))
    given = parser.parse_args()
    given.home.mkdir(parents=True, exist_ok=True)
    photographs = Photographs(
        data=given.data.resolve(), weights=given.weights.resolve(), home=given.home.resolve(), out=given.out,
        seeds=given.seeds, only=tuple(given.only or ()), foreign=given.foreign,
    )  # fmt: skip
    for part in given.part or parts:
        parts[part](photographs)


def command(*arguments: object) -> str:
    """Standard output of a command."""
    from datatool.cli._app import app

    with contextlib.redirect_stdout(io.StringIO()) as told, contextlib.redirect_stderr(io.StringIO()) as talk:
        code = app(args=list(map(str, arguments)), prog_name="datatool", standalone_mode=False)
    if code:
        raise SystemExit(talk.getvalue())
    return told.getvalue()


def documented(*arguments: object) -> Any:
    """What a command says with `--json`."""
    return json.loads(command(*arguments, "--json"))


def alone(*arguments: object) -> float:
    """CPU seconds of a command in a process of its own."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    line = [sys.executable, "-m", "datatool", *map(str, arguments)]
    done = subprocess.run(line, capture_output=True, text=True, check=False, env=_ALONE)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise SystemExit(done.stderr)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
