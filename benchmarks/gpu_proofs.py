"""What must be true of the loader on a GPU; each check raises where it is not, and returns its figures."""

from __future__ import annotations

import importlib
import resource
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final
from unittest import mock

import numpy as np
from gpu_place import NotRunError, Place

from datatool import BalancedLoader
from datatool.pipelines import EngineSpec, Quarantine, open_engine, parse_augment
from tests.helpers.pictures import damages, jpeg, requests, write

REPOSITORY: Final = Path(__file__).parents[1]
PICTURE_DIFFERS: Final = 8.0  # mean levels: nvJPEG's inverse DCT and chroma upsampling are not libjpeg-turbo's
STRATEGIES: Final = (
    "natural",
    "oversample",
    "undersample",
    "sqrt",
    "effective:0.99",
    "repeat-factor:0.2",
    "progressive:3",
)
GROWTH_MIB: Final = 64  # host memory that ten epochs may take beside the first
SMALL_SHM: Final = ["unshare", "-m", "sh", "-c", 'mount -t tmpfs -o size=4m tmpfs /dev/shm && exec "$@"', "sh"]


def suite(place: Place) -> dict[str, Any]:
    """`tests/gpu`."""
    if place.dry:
        raise NotRunError("its tests need a GPU")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/gpu"]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    print(done.stdout[-4_000:])
    if done.returncode:
        raise AssertionError("tests/gpu failed")
    return {"tests": done.stdout.strip().splitlines()[-1].strip("= ")}


def pixels(place: Place) -> dict[str, Any]:
    """Every picture decoded by `dali` here and by `threads`."""
    apart = _apart(place, place.paths())
    assert apart.max() < PICTURE_DIFFERS, f"a picture differs by {apart.max():.1f} levels on average"
    return {"pictures": len(apart), "mean_levels": round(float(apart.mean()), 3), "worst": round(float(apart.max()), 3)}


def damaged(place: Place) -> dict[str, Any]:
    """Damaged files among good ones: the same are refused, and the batches after them are whole."""
    folder = place.work / "damaged"
    folder.mkdir()
    files = {**damages(), **{f"{number}.jpg": jpeg(number) for number in range(40)}}
    names = sorted(files, key=lambda name: name[::-1])  # mixed
    apart = _apart(place, write(folder, {name: files[name] for name in names}))
    return {"files": len(names), "damaged": len(damages()), "worst": round(float(apart.max()), 3)}


def quotas(place: Place) -> dict[str, Any]:
    """Every strategy gives each class its quota in each epoch."""
    epochs = 0
    for strategy in STRATEGIES:
        plan = place.plan(strategy)
        with BalancedLoader(plan, **place.options(image_size=32)) as loader:
            for epoch in range(2):
                seen = Counter(int(label) for batch in loader.epoch(epoch) for label in batch.labels.cpu())
                wanted = Counter(dict(zip(plan.cells.label.tolist(), plan.quotas(epoch).tolist(), strict=True)))
                assert seen == +wanted, f"{strategy}, epoch {epoch}: {seen} instead of {wanted}"
                epochs += 1
    return {"strategies": len(STRATEGIES), "epochs": epochs}


def resume(place: Place) -> dict[str, Any]:
    """A loader that goes on in the middle of an epoch shows what the first one would have shown."""
    plan = place.plan()
    with BalancedLoader(plan, **place.options()) as whole:
        expected = [_host(batch.images) for batch in whole.epoch(1)]
    middle = len(expected) // 2
    with BalancedLoader(plan, **place.options()) as first:
        batches = first.epoch(1)
        for _ in range(middle):
            next(batches)
        state = first.state_dict()
    with BalancedLoader(plan, **place.options()) as second:
        second.load_state_dict(state)
        rest = [_host(batch.images) for batch in second.epoch(1)]
    assert len(rest) == len(expected) - middle
    assert all(np.array_equal(one, other) for one, other in zip(rest, expected[middle:], strict=True))
    return {"batches": len(rest)}


def rebuild(place: Place) -> dict[str, Any]:
    """DALI fails in the middle of an epoch, is built again, and the batches are those of an epoch without a failure."""
    from datatool.pipelines import _dali

    plan = place.plan()
    with BalancedLoader(plan, **place.options()) as whole:
        expected = [_host(batch.images) for batch in whole.epoch(0)]
    run, calls = _dali._Pipe.run, []

    def failing(pipe: Any, stream: int | None) -> Any:
        calls.append(pipe)
        if len(calls) == len(expected) // 2:
            raise RuntimeError("planted")
        return run(pipe, stream)

    with mock.patch.object(_dali._Pipe, "run", failing), BalancedLoader(plan, **place.options()) as loader:
        found = [_host(batch.images) for batch in loader.epoch(0)]
    assert len({id(pipe) for pipe in calls}) == 2, "the pipeline was not built again"
    assert all(np.array_equal(one, other) for one, other in zip(found, expected, strict=True))
    return {"batches": len(found)}


def small_shm(place: Place) -> dict[str, Any]:
    """An epoch with 4 MB of `/dev/shm`."""
    script = (
        "import sys; from datatool import BalancedLoader\n"
        f"with BalancedLoader(sys.argv[1], **{place.options()!r}) as loader:\n"
        "    print(sum(len(batch.labels) for batch in loader.epoch(0)))"
    )
    plan = place.plan()
    command = [*SMALL_SHM, sys.executable, "-c", script, str(plan.folder)]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    if "unshare" in done.stderr or "mount" in done.stderr:
        raise NotRunError(done.stderr.strip().splitlines()[-1])
    assert done.returncode == 0, done.stderr[-2_000:]
    assert int(done.stdout) == plan.epoch_size
    return {"rows": int(done.stdout)}


def memory(place: Place) -> dict[str, Any]:
    """Ten epochs take no more memory than the first."""
    with BalancedLoader(place.plan(), **place.options()) as loader:
        _drain(loader, range(2))
        before = _peak_mib(), _device_mib(place)
        _drain(loader, range(2, 12))
        after = _peak_mib(), _device_mib(place)
    grown = {"host_mib": round(after[0] - before[0], 1), "device_mib": round(after[1] - before[1], 1)}
    assert max(grown.values()) < GROWTH_MIB, f"memory grew: {grown}"
    return grown


def stream(place: Place) -> dict[str, Any]:
    """Work on another stream of torch sees whole batches."""
    torch: Any = importlib.import_module("torch")
    if not place.on_gpu:
        raise NotRunError("streams are of a GPU")
    plan = place.plan()
    with BalancedLoader(plan, **place.options(output="uint8")) as loader:
        expected = [int(batch.images.to(torch.int64).sum()) for batch in loader.epoch(0)]
    sums = []
    with torch.cuda.stream(torch.cuda.Stream()), BalancedLoader(plan, **place.options(output="uint8")) as loader:
        for batch in loader.epoch(0):
            torch.cuda._sleep(20_000_000)  # about ten milliseconds
            sums.append(batch.images.to(torch.int64).sum())
            del batch
    assert [int(one) for one in sums] == expected
    return {"batches": len(sums)}


def paddle(place: Place) -> dict[str, Any]:
    """Batches reach Paddle on its device by DLPack."""
    try:
        import paddle as framework
    except ImportError:
        raise NotRunError("Paddle is not installed") from None
    if place.on_gpu and not framework.is_compiled_with_cuda():
        raise NotRunError("this Paddle is a CPU build")
    with BalancedLoader(place.plan(), **place.options(framework="paddle")) as loader:
        places = {str(batch.images.place) for batch in loader.epoch(0)}
    return {"places": " ".join(sorted(places))}


CHECKS: Final[dict[str, Callable[[Place], dict[str, Any]]]] = {
    "tests/gpu": suite,
    "pixels": pixels,
    "damaged files": damaged,
    "quotas": quotas,
    "resume": resume,
    "DALI rebuilt": rebuild,
    "streams": stream,
    "Paddle": paddle,
    "4 MB of /dev/shm": small_shm,
    "memory of 10 epochs": memory,
}


def _apart(place: Place, paths: list[str]) -> np.ndarray:
    """Mean absolute difference of each picture that was filled, `dali` here against `threads`."""
    spec = EngineSpec(
        image_size=place.image_size, batch_size=8, augment=parse_augment("crop-flip"), device=place.device
    )
    apart = []
    for one, other in zip(
        _batches("dali", spec, paths), _batches("threads", replace(spec, device="cpu"), paths), strict=True
    ):
        assert one.rows.tolist() == other.rows.tolist()
        assert one.filled.tolist() == other.filled.tolist()
        difference = np.abs(_host(one.images).astype(np.int64) - _host(other.images)).mean((1, 2, 3))
        apart.append(difference[one.filled])
    return np.concatenate(apart)


def _batches(name: str, spec: EngineSpec, paths: list[str]) -> Iterator[Any]:
    engine = open_engine(name, replace(spec, quarantine=Quarantine()))
    try:
        yield from engine.batches(requests(paths, batch_size=spec.batch_size))
    finally:
        engine.close()


def _host(images: Any) -> np.ndarray:
    """A copy in host memory."""
    if hasattr(images, "as_cpu"):
        images = images.as_cpu()
    return np.array(images.cpu() if hasattr(images, "cpu") else images)


def _drain(loader: BalancedLoader, epochs: range) -> None:
    for epoch in epochs:
        for _ in loader.epoch(epoch):
            pass


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _device_mib(place: Place) -> float:
    import torch

    if not place.on_gpu:
        return 0.0
    free, total = torch.cuda.mem_get_info()
    return (total - free) / 2**20
