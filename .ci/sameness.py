# ruff: noqa: T201 - what is printed here is the result.
"""Says whether two trees of datatool produce the same bytes: digests of what commands and public classes give.

    python .ci/sameness.py --tree BEFORE --out before.json
    python .ci/sameness.py --tree AFTER --out after.json
    python .ci/sameness.py --compare before.json after.json

It knows the command line and `BalancedLoader` and `BalancedSampler`, and no private module, so one copy of it runs on
every commit. Digests hold for one machine and one set of installed packages: other processors round
otherwise. The photographs and weights lie in the folder `shared` beside the tree, where the examples look for them.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Digests = dict[str, str]

STRATEGIES = (
    "natural", "oversample", "undersample", "sqrt", "power:0.3", "effective:0.999", "repeat-factor:0.01",
    "progressive:5",
)  # fmt: skip
TIMES = rb'"images_per_second":[^,}]*'  # the only value in metrics.jsonl that the clock decides
# Bad lines, duplicates and conflicts under other spellings, gaps between ids, mixed separators and line ends.
FAULTS = rb"""a/one.jpg 0
a/two.jpg	0
a/two.jpg 0
a/two.jpg 3
./a/one.jpg 0
a/with blanks in it.jpg 3
a/no_label.jpg
 7
a/word.jpg cat
a/real.jpg 1.0
a/underscore.jpg 1_0
a/negative.jpg -1
a/large.jpg 4294967296
a/extra.jpg 5 3
../outside.jpg 7
/absolute/outside.jpg 7

a/carriage.jpg 9""" + b"\r\na/not_utf8_\xff\xfe.jpg 9\na/trailing.jpg 12  \n"  # fmt: skip
NET = """
from paddle import nn
def net(num_classes):
    return nn.Sequential(
        nn.Conv2D(3, 8, 3, stride=2), nn.BatchNorm2D(8), nn.ReLU(), nn.Conv2D(8, 16, 3, stride=2), nn.BatchNorm2D(16),
        nn.ReLU(), nn.AdaptiveAvgPool2D(1), nn.Flatten(), nn.Linear(16, num_classes),
    )
"""  # PyTorch writes 2d for 2D


@dataclass(frozen=True, kw_only=True)
class Lab:
    """A tree, and the folder that its commands run in; `clothing` in it leads to the photographs."""

    tree: Path
    work: Path

    @property
    def shared(self) -> Path:
        """Data and weights."""
        return (self.tree.parent / "shared").resolve()

    def python(self, *arguments: object) -> str:
        """Standard output of the tree's Python.

        One thread for arithmetic, because sums depend on how they are split; no GPU; a cache of its own, because an
        audit says how many files it had to read anew.
        """
        environment = os.environ | {
            "PYTHONPATH": str(self.tree),
            "OMP_NUM_THREADS": "1",
            "CUDA_VISIBLE_DEVICES": "",
            "XDG_CACHE_HOME": str(self.work / "cache"),
        }
        command = [sys.executable, *map(str, arguments)]
        done = subprocess.run(command, check=False, cwd=self.work, env=environment, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"{' '.join(command)} in {self.work} gave {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def datatool(self, *arguments: object) -> str:
        """A command of the tree's datatool."""
        return self.python("-m", "datatool", *arguments)

    def plan(self, strategy: str, dataset: str, *options: object) -> Path:
        """A plan folder, made once for all parts."""
        name = f"{Path(dataset).stem}-{strategy.replace(':', '-')}.plan"
        if not (self.work / name).exists():
            self.datatool("balance", dataset, "--strategy", strategy, "--out", name, *options)
        return self.work / name


def digest(data: bytes) -> str:
    """SHA-256 of what was written; a path of this machine in it would be a difference, and a fault."""
    return hashlib.sha256(data).hexdigest()


def sample(lab: Lab, name: str, every: int) -> list[str]:
    """Each so many-th line of a list of photographs, for a list in the working folder."""
    lines = (lab.shared / "data" / "clothing" / name).read_text().splitlines()
    return [f"clothing/{line}" for line in lines[::every]]


def write_list(lab: Lab, name: str, lines: list[str]) -> str:
    """Write a list into the working folder; returns its name."""
    (lab.work / name).write_text("\n".join(lines) + "\n")
    return name


def audit(lab: Lab) -> Digests:
    """`audit.json` of photographs, of lines with every fault, and of three splits with faulty pictures."""
    (lab.work / "faults.txt").write_bytes(FAULTS)
    given = {
        "long-tail": ("clothing/train_longtail_list.txt", "--images"),
        "faults": ("faults.txt", "--class-num", 5),
        "splits": (*_splits(lab), "--synthetic", "*/made_*", "--names", "names.txt", "--images"),
    }
    for name, arguments in given.items():
        lab.datatool("audit", *arguments, "--fail-on", "never", "--out", f"audit-{name}")
    return {name: digest((lab.work / f"audit-{name}" / "audit.json").read_bytes()) for name in given}


def _splits(lab: Lab) -> Iterator[str]:
    """Options for three splits, which leak, conflict and hold pictures that are broken, missing or mislabelled."""
    photos = sample(lab, "train_longtail_list.txt", 40)
    folder = lab.work / "pictures"
    folder.mkdir()
    source = (lab.work / photos[0].split()[0]).read_bytes()
    for name in ("copy.jpg", "made_copy.jpg", "really_jpeg.png"):
        (folder / name).write_bytes(source)
    (folder / "cut.jpg").write_bytes(source[: len(source) // 2])
    (folder / "text.jpg").write_text("no picture")
    own = ["copy.jpg 5", "really_jpeg.png 0", "cut.jpg 1", "text.jpg 1", "missing.jpg 2", "made_copy.jpg 0"]
    train = [*photos, *(f"pictures/{line}" for line in own), *(f"pictures/made_{i}.jpg 3" for i in range(30))]
    write_list(lab, "names.txt", [f"{number} class {number}" for number in range(9)])
    for split, lines in {
        "train": train,
        "val": [*sample(lab, "val_list.txt", 20), photos[1], "pictures/made_copy.jpg 0"],
        "test": [*sample(lab, "test_list.txt", 20), photos[2], "pictures/copy.jpg 11"],
    }.items():
        yield from ("--split", f"{split}={write_list(lab, f'{split}.txt', lines)}")


def plan(lab: Lab) -> Digests:
    """Both files of a plan of every strategy; four classes have synthetic rows too."""
    found = {}
    for strategy in STRATEGIES:
        folder = _mixed(lab, strategy)
        for name in ("plan.json", "index.arrow"):
            found[f"{strategy}/{name}"] = digest((folder / name).read_bytes())
    return found


def _mixed(lab: Lab, strategy: str) -> Path:
    made = [f"made/{label}/{number}.jpg {label}" for label in (1, 4, 7, 8) for number in range(10 * label)]
    dataset = write_list(lab, "mixed.txt", sample(lab, "train_longtail_list.txt", 1) + made)
    return lab.plan(strategy, dataset, "--synthetic", "made/*")


def sampler(lab: Lab) -> Digests:
    """Rows of 200 batches, over several epochs, on one rank and on each of three."""
    return _probe(lab, "rows", *(_mixed(lab, strategy) for strategy in ("natural", "oversample", "progressive:5")))


def pixels(lab: Lab) -> Digests:
    """Everything in 20 batches of real photographs from both engines."""
    dataset = write_list(lab, "photos.txt", sample(lab, "train_longtail_list.txt", 3))
    return _probe(lab, "batches", lab.plan("oversample", dataset))


def _probe(lab: Lab, name: str, *folders: Path) -> Digests:
    """Run a function of this file in the tree's Python."""
    found: Digests = json.loads(lab.python(Path(__file__).resolve(), "--probe", name, *folders).splitlines()[-1])
    return found


def rows(folder: str) -> Iterator[tuple[str, str]]:
    """Digests of what the sampler draws from a plan."""
    from datatool.samplers import BalancedSampler

    for world_size, rank in ((1, 0), (3, 0), (3, 1), (3, 2)):
        drawn = BalancedSampler(folder, batch_size=24, seed=3, rank=rank, world_size=world_size)
        seen = hashlib.sha256()
        for number in range(200):
            seen.update(drawn.batch(*divmod(number, len(drawn))).astype("int64").tobytes() + b"|")
        yield f"{Path(folder).stem}/rank {rank} of {world_size}", seen.hexdigest()


def batches(folder: str) -> Iterator[tuple[str, str]]:
    """Digests of each field of the batches of a plan, by engine and augmentation."""
    for engine in ("threads", "dali"):
        for augment in ("crop-flip+jitter", "crop-flip+randaugment+erase+mixup", "eval"):
            output = "uint8" if augment == "eval" else "float32"
            for field, found in _fields(folder, engine=engine, augment=augment, output=output).items():
                yield f"{engine}/{augment}/{field}", found.hexdigest()


def _fields(folder: str, **options: Any) -> dict[str, Any]:
    """Field of a batch -> digest over 20 batches; fields that are None are left out."""
    from datatool import BalancedLoader

    digests: dict[str, Any] = {}
    with BalancedLoader(
        folder, batch_size=16, image_size=64, seed=5, framework="numpy", device="cpu", num_threads=2, **options
    ) as loader:
        for _, batch in zip(range(20), loader.epoch(1), strict=False):
            for name in ("images", "labels", "weights", "rows", "positions", "partner_labels", "shares"):
                value = getattr(batch, name)
                if value is not None:
                    data = f"{value.dtype}{value.shape}".encode() + value.tobytes()
                    digests.setdefault(name, hashlib.sha256()).update(data)
        assert not loader.errors, loader.errors
    return digests


def demo(lab: Lab) -> Digests:
    """The three runs of `datatool demo`."""
    lab.datatool("demo", "--out", "demo")
    runs = sorted((lab.work / "demo" / "runs").glob("*/metrics.jsonl"))
    return {f"{run.parent.name}/{name}": digest for run in runs for name, digest in _run(run.parent).items()}


def clothing(lab: Lab) -> Digests:
    """The example on photographs, whole."""
    recipe = lab.tree / "examples" / "clothing.yaml"
    lab.datatool("train", recipe, "-o", f"global.output={lab.work / 'runs'}", "-o", "run.name=clothing")
    return _run(lab.work / "runs" / "clothing")


def two_stage_torch(lab: Lab) -> Digests:
    """All of a network on natural batches, then its head on balanced ones, on images in both stages."""
    return _two_stages(lab, "torch", data={"augment": "crop-flip+jitter"}, feature_cache="off")


def two_stage_paddle_cached(lab: Lab) -> Digests:
    """The same in Paddle; the second stage trains on cached features."""
    return _two_stages(lab, "paddle", data={"augment": "none", "views": 1}, feature_cache="on")


def _two_stages(lab: Lab, trainer: str, *, data: dict[str, Any], feature_cache: str) -> Digests:
    code = NET if trainer == "paddle" else NET.replace("paddle", "torch").replace("2D", "2d")
    (lab.work / f"net_{trainer}.py").write_text(code)
    recipe = {
        "global": {"device": "cpu", "seed": 11},
        "model": {"backbone": f"net_{trainer}:net"},
        "data": {
            "train": write_list(lab, "photos.txt", sample(lab, "train_longtail_list.txt", 3)),
            "val": write_list(lab, "test_photos.txt", sample(lab, "test_list.txt", 3)),
            "image_size": 32, "eval_resize": None, "engine": "threads", "num_threads": 2, **data,
        },
        "run": {
            "name": trainer, "trainer": trainer, "feature_cache": feature_cache, "stages": [
                {"data": {"strategy": "natural"}, "model": {"freeze": "none"}, "run": {"epochs": 2}},
                {"data": {"strategy": "oversample"}, "model": {"freeze": "backbone"}, "run": {"epochs": 2}},
            ],
        },
    }  # fmt: skip
    (lab.work / f"{trainer}.yaml").write_text(json.dumps(recipe))
    lab.datatool("train", f"{trainer}.yaml")
    return _run(lab.work / "runs" / trainer)


def _run(folder: Path) -> Digests:
    """Metrics without times, the last weights, and the evaluation where there is one."""
    last = max((folder / "checkpoints").glob("step_*"), key=lambda step: int(step.name.removeprefix("step_")))
    found = {"metrics.jsonl": re.sub(TIMES, b"", (folder / "metrics.jsonl").read_bytes())}
    found["model.safetensors"] = (last / "model.safetensors").read_bytes()
    if (folder / "eval.json").exists():
        found["eval.json"] = (folder / "eval.json").read_bytes()
    return {name: digest(data) for name, data in found.items()} | {"last checkpoint": last.name}


_PARTS = (audit, plan, sampler, pixels, demo, clothing, two_stage_torch, two_stage_paddle_cached)
PARTS: dict[str, Callable[[Lab], Digests]] = {part.__name__.replace("_", "-"): part for part in _PARTS}


def digests_of(tree: Path, parts: list[str], *, keep: bool) -> dict[str, Digests]:
    """Run parts on a tree, in a folder that is removed afterwards unless it is to be looked at."""
    lab = Lab(tree=tree, work=Path(tempfile.mkdtemp(prefix="sameness-")).resolve())
    (lab.work / "clothing").symlink_to(lab.shared / "data" / "clothing")
    home = lab.python("-c", "import datatool; print(datatool.__file__)").strip()
    if not Path(home).resolve().is_relative_to(tree):
        sys.exit(f"datatool must come from {tree}; got {home}")
    found = {}
    for part in parts:
        begun = time.monotonic()
        found[part] = PARTS[part](lab)
        print(f"{part}: {len(found[part])} digests in {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)
    if keep:
        print(f"kept {lab.work}", file=sys.stderr)
    else:
        shutil.rmtree(lab.work)
    return found


def differences(files: list[Path], parts: list[str] | None) -> list[str]:
    """A line for each digest that two files do not share; a part that is missing is a difference."""
    left, right = (json.loads(file.read_text()) for file in files)
    lines = []
    for part in parts or sorted({*left, *right}):
        first, second = left.get(part, {}), right.get(part, {})
        for name in sorted({*first, *second}) or ["the whole part"]:
            pair = first.get(name, "none"), second.get(name, "none")
            if pair[0] != pair[1] or pair[0] == "none":
                lines.append(f"{part}: {name}: {pair[0][:12]} and {pair[1][:12]}")
    return lines


def main() -> None:
    """Read the arguments."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tree", type=Path, help="a checkout of datatool")
    parser.add_argument("--part", nargs="+", choices=list(PARTS), help="default: all")
    parser.add_argument("--out", type=Path, help="where the digests are written")
    parser.add_argument("--keep", action="store_true", help="keep the working folder, to see what differs")
    parser.add_argument("--compare", nargs=2, type=Path, metavar="DIGESTS", help="list differences; exit 1 if any")
    parser.add_argument("--probe", nargs="+", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.probe:
        probe = {"rows": rows, "batches": batches}[given.probe[0]]
        print(json.dumps(dict(pair for folder in given.probe[1:] for pair in probe(folder))))
    elif given.compare:
        lines = differences(given.compare, given.part)
        print("\n".join(lines) or "no difference")
        sys.exit(1 if lines else 0)
    elif given.tree and given.out:
        found = digests_of(given.tree.resolve(), given.part or list(PARTS), keep=given.keep)
        given.out.write_text(json.dumps(found, indent=2, sort_keys=True) + "\n")
    else:
        parser.error("give --tree and --out, or --compare")


if __name__ == "__main__":
    main()
