"""What the loaders are given: plans over real photographs, and over large originals made from them."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from contenders import OURS, PEERS, Work

from datatool.balance import make_plan
from datatool.images import read_header
from datatool.loader._requests import PlanRequests
from datatool.pipelines import parse_augment
from datatool.pipelines._geometry import geometry
from datatool.rows import open_rows, resolve
from datatool.samplers import BalancedSampler
from datatool.schemas import Plan

TAIL_RATIO: Final = 100
NUM_LARGE: Final = 48
LARGE: Final = (4000, 3000)  # 12 megapixels
SMALL_SHM: Final = ["unshare", "-m", "sh", "-c", 'mount -t tmpfs -o size=64m tmpfs /dev/shm && exec "$@"', "sh"]


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """A `Work` in a file, who takes part, and what stands before the command."""

    file: Path
    contenders: tuple[str, ...]
    prefix: list[str] = field(default_factory=list)


def uniform(data: Path, folder: Path, images: int) -> Scenario:
    """Every photograph once."""
    work = work_of(_uniform_plan(data, folder, images))
    contenders = ("bare loop", "DALI from memory", *(name for name in OURS if "no cache" not in name), *PEERS)
    return Scenario(file=_saved(work, folder / "uniform.work"), contenders=contenders)


def tail(data: Path, folder: Path, images: int) -> Scenario:
    """A 100:1 long tail, oversampled; the cache holds a quarter of the unique images."""
    lines: dict[str, list[str]] = {}
    for line in (data / "train_list.txt").read_text().splitlines():
        lines.setdefault(line.rpartition(" ")[2], []).append(line)
    groups = sorted(lines.values(), key=len, reverse=True)
    largest = min(len(groups[0]), images // 4) // TAIL_RATIO * TAIL_RATIO
    kept = [
        group[: max(1, round(largest * TAIL_RATIO ** (-rank / (len(groups) - 1))))] for rank, group in enumerate(groups)
    ]
    listed = folder / "tail.txt"
    listed.write_text("\n".join(line for group in kept for line in group) + "\n")
    work = work_of(_plan(listed, data, folder / "tail.plan", "oversample"))
    unique = dict.fromkeys(work.paths)
    decoded = sum(_pixels(path) * 3 for path in unique)
    contenders = (
        "bare loop", "datatool threads", "datatool threads, no cache", "DALI", "paddle.io", "torch", "SPDL threads",
        "Grain threads", "WebDataset",
    )  # fmt: skip
    return Scenario(
        file=_saved(replace(work, cache_mib=decoded // 4 >> 20), folder / "tail.work"), contenders=contenders
    )


def large(data: Path, folder: Path, images: int) -> Scenario:
    """12-megapixel JPEGs made from the photographs."""
    import cv2

    del images

    originals = folder / "large"
    originals.mkdir(exist_ok=True)
    lines = (data / "train_list.txt").read_text().splitlines()
    listed = []
    noise = np.random.default_rng(0).integers(-6, 7, (LARGE[1], LARGE[0], 3), np.int16)
    for number, line in enumerate(lines[:: len(lines) // NUM_LARGE][:NUM_LARGE]):
        file = originals / f"{number}.jpg"
        if not file.exists():
            image = cv2.resize(cv2.imread(str(data / line.rpartition(" ")[0])), LARGE, interpolation=cv2.INTER_CUBIC)
            grained = np.clip(image + noise, 0, 255).astype(np.uint8)  # a sensor's grain: else it decodes too easily
            cv2.imwrite(str(file), grained, [cv2.IMWRITE_JPEG_QUALITY, 90])
        listed.append(f"{file.name} {line.rpartition(' ')[2]}")
    (originals / "list.txt").write_text("\n".join(listed) + "\n")
    work = work_of(_plan(originals / "list.txt", originals, folder / "large.plan", "natural"), batch=16)
    contenders = (
        "bare loop", "datatool threads", "datatool dali (CPU)", "DALI", "paddle.io", "torch", "torch, OpenCV",
        "SPDL threads", "Grain threads", "WebDataset",
    )  # fmt: skip
    return Scenario(file=_saved(work, folder / "large.work"), contenders=contenders)


def shm64(data: Path, folder: Path, images: int) -> Scenario:
    """float32 batches of 38 MB with `/dev/shm` at 64 MB."""
    work = replace(work_of(_uniform_plan(data, folder, images)), output="float32")
    contenders = tuple(name for name in (*OURS, *PEERS) if "no cache" not in name and "OpenCV" not in name)
    return Scenario(file=_saved(work, folder / "shm64.work"), contenders=contenders, prefix=SMALL_SHM)


def shm_free(data: Path, folder: Path, images: int) -> Scenario:
    """The same without the limit."""
    return replace(shm64(data, folder, images), prefix=[])


SCENARIOS: Final[dict[str, Callable[[Path, Path, int], Scenario]]] = {
    "uniform": uniform,
    "tail": tail,
    "large": large,
    "shm64": shm64,
    "shm-free": shm_free,
}


def _uniform_plan(data: Path, folder: Path, images: int) -> Plan:
    lines = (data / "train_list.txt").read_text().splitlines()
    listed = folder / "uniform.txt"
    listed.write_text("\n".join(lines[:: max(1, len(lines) // images)][:images]) + "\n")
    return _plan(listed, data, folder / "uniform.plan", "natural")


def _plan(listed: Path, root: Path, out: Path, strategy: str) -> Plan:
    with open_rows(resolve(str(listed), root=str(root))) as rows:
        return make_plan(rows, strategy=strategy, out=out)


def work_of(plan: Plan, /, *, batch: int = 64, size: int = 224) -> Work:
    """The crops that BalancedLoader draws in epoch 0, as explicit boxes."""
    sampler = BalancedSampler(plan, batch_size=batch)
    requests = PlanRequests(
        plan=plan,
        sampler=sampler,
        seed=0,
        root=None,
        replace=True,
        max_attempts=2,
        cached=False,
        views=None,
        mixes=False,
    )
    augment = parse_augment("crop-flip")
    paths: list[str] = []
    boxes: list[Any] = []
    flips: list[bool] = []
    for request in requests.epoch(0, 0):
        for path, uniforms in zip(request.paths, request.uniforms, strict=True):
            header = read_header(Path(path).read_bytes())
            shape = geometry(augment, uniforms, width=header.width, height=header.height, image_size=size)
            paths.append(path)
            boxes.append(shape[:4])
            flips.append(shape.flip)
    return Work(
        plan=plan.folder,
        paths=paths,
        boxes=np.array(boxes, np.int64),
        flips=np.array(flips, np.bool_),
        size=size,
        batch=batch,
        threads=2,
        output="uint8",
        cache_mib=0,
    )


def _pixels(path: str) -> int:
    header = read_header(Path(path).read_bytes())
    return header.width * header.height


def _saved(work: Work, file: Path) -> Path:
    file.write_bytes(pickle.dumps(work))
    return file
