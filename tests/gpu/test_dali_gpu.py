"""The `dali` engine on a GPU: the pixels of `threads`, on the consumer's stream, without a copy."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from datatool import BalancedLoader
from datatool.balance import make_plan
from datatool.pipelines import EngineSpec, Quarantine, Result, open_engine, parse_augment
from datatool.rows import open_rows, resolve
from datatool.schemas import Plan
from tests.helpers.pictures import damages, jpeg, kinds, requests, write

# nvJPEG's inverse DCT and chroma upsampling are not libjpeg-turbo's.
PICTURE_DIFFERS = 8.0
SPEC = EngineSpec(image_size=64, batch_size=8, augment=parse_augment("crop-flip"), device="gpu:0")


def load(name: str, spec: EngineSpec, paths: list[str], **options: Any) -> list[Result]:
    engine = open_engine(name, replace(spec, quarantine=Quarantine()))
    try:
        return list(engine.batches(requests(paths, batch_size=spec.batch_size, **options)))
    finally:
        engine.close()


def host(images: Any) -> np.ndarray:
    """A copy in host memory."""
    return np.array(images.as_cpu() if hasattr(images, "as_cpu") else images)


def distance(first: list[Result], second: list[Result]) -> np.ndarray:
    one, other = (np.concatenate([host(result.images) for result in results]) for results in (first, second))
    apart: np.ndarray = np.abs(one.astype(np.int64) - other).mean((1, 2, 3))
    return apart


@pytest.fixture
def torch() -> Any:
    module = pytest.importorskip("torch")
    if not module.cuda.is_available():
        pytest.skip("this torch is a CPU build")
    return module


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    write(tmp_path, {f"{number}.jpg": jpeg(number) for number in range(40)})
    (tmp_path / "labels.txt").write_text("".join(f"{number}.jpg {number % 4}\n" for number in range(40)))
    with open_rows(resolve(str(tmp_path / "labels.txt"))) as rows:
        return make_plan(rows, strategy="natural", out=tmp_path / "train.plan")


@pytest.mark.parametrize("augment", ["crop-flip", "eval", "none", "crop-flip+jitter+erase=0.5"])
def test_the_gpu_shows_what_threads_show(tmp_path: Path, augment: str) -> None:
    """Every kind of file, EXIF orientations included; the last batch is smaller and on the device too."""
    paths = write(tmp_path, kinds())
    spec = replace(SPEC, augment=parse_augment(augment))
    gpu, threads = load("dali", spec, paths), load("threads", replace(spec, device="cpu"), paths)
    assert all(result.filled.all() for result in gpu)
    assert [type(result.images).__name__ for result in gpu] == ["TensorGPU"] * 3
    assert distance(gpu, threads).max() < PICTURE_DIFFERS


def test_damaged_files_are_judged_as_threads_judge_them(tmp_path: Path) -> None:
    """A picture that breaks the pipeline does not break the CUDA context: the batches after it are whole."""
    paths = write(tmp_path, {**damages(), **{f"{number}.jpg": jpeg(number) for number in range(12)}})
    spec = replace(SPEC, batch_size=4)
    gpu, threads = load("dali", spec, paths), load("threads", replace(spec, device="cpu"), paths)
    assert [result.rows.tolist() for result in gpu] == [result.rows.tolist() for result in threads]
    assert distance(gpu[3:], threads[3:]).max() < PICTURE_DIFFERS


def test_uint8_batches_are_handed_over_without_a_copy(tmp_path: Path, torch: Any) -> None:
    paths = write(tmp_path, {f"{number}.jpg": jpeg(number) for number in range(8)})
    engine = open_engine("dali", replace(SPEC, stream=lambda: int(torch.cuda.current_stream().cuda_stream)))
    for result in engine.batches(requests(paths, batch_size=8)):
        tensor = torch.from_dlpack(result.images)
        assert tensor.is_cuda
        assert tensor.data_ptr() == result.images.data_ptr()
    engine.close()


def test_work_on_another_stream_sees_whole_batches_and_keeps_them(plan: Plan, torch: Any) -> None:
    """The stream is busy while batches are queued on it, and each batch is dropped before its work has run.

    Memory that came back too early would be overwritten by a later batch, and a stream that did not wait would read
    an earlier one's pixels.
    """
    options: dict[str, Any] = {
        "batch_size": 4,
        "image_size": 64,
        "framework": "torch",
        "device": "gpu",
        "output": "uint8",
    }
    with BalancedLoader(plan, engine="dali", **options) as loader:
        expected = [batch.images.cpu() for batch in loader.epoch(0)]
    stream = torch.cuda.Stream()
    sums = []
    with torch.cuda.stream(stream), BalancedLoader(plan, engine="dali", **options) as loader:
        for batch in loader.epoch(0):
            torch.cuda._sleep(20_000_000)  # about ten milliseconds
            sums.append(batch.images.to(torch.int64).sum((1, 2, 3)))
            del batch
    stream.synchronize()
    assert [values.tolist() for values in sums] == [
        images.to(torch.int64).sum((1, 2, 3)).tolist() for images in expected
    ]


def test_normalisation_on_the_device_equals_that_on_the_host(plan: Plan, torch: Any) -> None:
    options: dict[str, Any] = {"batch_size": 8, "image_size": 64, "framework": "torch", "engine": "threads"}
    with BalancedLoader(plan, device="gpu", **options) as loader:
        there = [batch.images for batch in loader.epoch(0)]
    with BalancedLoader(plan, device="cpu", **options) as loader:
        here = [batch.images for batch in loader.epoch(0)]
    assert all(images.is_cuda and images.dtype == torch.float32 for images in there)
    assert all(torch.allclose(one.cpu(), other, atol=1e-5) for one, other in zip(there, here, strict=True))


def test_paddle_gets_batches_on_its_device(plan: Plan) -> None:
    paddle = pytest.importorskip("paddle")
    if not paddle.is_compiled_with_cuda():
        pytest.skip("this Paddle is a CPU build")
    with BalancedLoader(plan, batch_size=8, image_size=64, device="gpu", engine="dali") as loader:
        batches = list(loader.epoch(0))
    assert all(batch.images.place.is_gpu_place() for batch in batches)
    assert [batch.images.shape for batch in batches] == [[8, 3, 64, 64]] * 5


def test_auto_chooses_dali_where_a_gpu_is(plan: Plan, torch: Any) -> None:
    del torch
    with BalancedLoader(plan, batch_size=8, image_size=64, framework="torch") as loader:
        assert loader.stats()["engine"] == "dali"
        assert str(loader.stats()["device"]).startswith("cuda")
