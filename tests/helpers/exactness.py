"""Train after other work in the same process: `python -m tests.helpers.exactness STEP...` prints digests.

A step is a recipe in the working folder, which is trained, or one of `STEPS`. A line of output is the recipe's name, a
digest of everything that was trained, and the step before it.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
from safetensors.numpy import load_file

from datatool.deploy import profile
from datatool.frameworks import open_framework
from datatool.schemas import require
from datatool.trainers import ModuleTrainer
from datatool.training import train

IMAGES: Final = np.random.default_rng(0).normal(size=(8, 3, 16, 16)).astype(np.float32)


def paddle_threads() -> int:
    """Threads of the OpenMP that Paddle computes with, which has no name in Paddle."""
    library = ctypes.CDLL("libiomp5.so", mode=os.RTLD_NOLOAD | os.RTLD_NOW)
    return int(library.omp_get_max_threads())


def digest(run: Path) -> str:
    """Of the weights and accumulators of the last checkpoint."""
    newest = max((run / "checkpoints").glob("step_*"), key=lambda path: int(path.name[5:]))
    found = hashlib.sha256()
    for file in ("model.safetensors", "optimizer.safetensors"):
        for name, array in sorted(load_file(newest / file).items()):
            found.update(name.encode() + array.tobytes())
    return found.hexdigest()


def paddle_inference() -> None:
    """Compiled with another number of threads than eager work has."""
    from tests.helpers.small_nets import paddle_net

    _compile("paddle", paddle_net(3))


def torch_compiled() -> None:
    """Traced and frozen."""
    from tests.helpers.small_nets import torch_net

    _compile("torch", torch_net(3))


def profiled() -> None:
    """Times eager and compiled calls with three threads."""
    profile(["small_nets:paddle_net"], image_size=32, class_num=3, threads=3, runs=1)


def dali() -> None:
    """A pipeline of two threads."""
    from nvidia.dali import fn, pipeline_def

    @pipeline_def(batch_size=4, num_threads=2, device_id=None)  # type: ignore[untyped-decorator]
    def pipeline() -> Any:
        return fn.resize(fn.random.uniform(range=[0, 255], shape=[32, 32, 3]), size=[16, 16])

    made = pipeline()
    made.build()
    made.run()


def opencv() -> None:
    """Its own pool of three threads."""
    import cv2

    cv2.setNumThreads(3)
    cv2.GaussianBlur(cv2.resize(np.zeros((900, 900, 3), np.uint8), (500, 500)), (5, 5), 0)


def onnxruntime() -> None:
    """A session of two threads."""
    from onnx import TensorProto, helper

    shape = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [64, 64]) for name in "xy"]
    graph = helper.make_graph([helper.make_node("MatMul", ["x", "x"], ["y"])], "g", shape[:1], shape[1:])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    runtime = require("onnxruntime", extra="onnx")
    options = runtime.SessionOptions()
    options.intra_op_num_threads = 2
    session = runtime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    session.run(None, {"x": np.ones((64, 64), np.float32)})


STEPS: Final[dict[str, Callable[[], None]]] = {
    step.__name__: step for step in (paddle_inference, torch_compiled, profiled, dali, opencv, onnxruntime)
}


def _compile(trainer: str, net: Any) -> None:
    kit = open_framework(trainer)
    net.eval()
    for threads in (1, 2):
        run = kit.compile(net, IMAGES, num_threads=threads)
        run(IMAGES)


def main(steps: list[str]) -> None:
    """Do the steps in turn; frozen layers are compiled, however few pictures there are."""
    setattr(ModuleTrainer, "passes_to_compile", lambda *_: 0)  # noqa: B010 - a method, which mypy would not let go
    for index, step in enumerate(steps):
        if step in STEPS:
            STEPS[step]()
            continue
        recipe = shutil.copy(f"{step}.yaml", Path.cwd() / f"{step}-{os.getpid()}-{index}.yaml")
        before = steps[index - 1] if index else "nothing"
        sys.stdout.write(f"{step} {digest(train(recipe))} {before}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
