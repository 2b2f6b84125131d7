"""Paddle Inference with oneDNN on CPU: a layer as a function of numpy arrays."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from datatool.frameworks._types import Array
from datatool.schemas import scratch_folder


def compile_paddle(
    paddle: Any, layer: Any, example: Array, /, *, num_threads: int, bfloat16: bool = False
) -> Callable[[Array], Array]:
    """Trace ``layer`` in evaluation mode for inputs shaped like ``example`` (any batch size) and load it compiled.

    On a GPU the traced program runs on it without oneDNN.
    """
    with scratch_folder() as folder:
        prefix = folder / "prefix"
        save_traced(paddle, layer, tuple(example.shape[1:]), prefix)
        return load_compiled(paddle, prefix, num_threads=num_threads, bfloat16=bfloat16)


def save_traced(paddle: Any, layer: Any, shape: tuple[int, ...], prefix: Path, /) -> None:
    """Write ``prefix.json`` and ``prefix.pdiparams`` for float32 inputs (N, *shape)."""
    spec = paddle.static.InputSpec([None, *shape], "float32", name="input")
    paddle.jit.save(layer, str(prefix), input_spec=[spec])


def load_compiled(
    paddle: Any, prefix: Path, /, *, num_threads: int, bfloat16: bool = False
) -> Callable[[Array], Array]:
    """Open what `save_traced` wrote; the function takes and returns float32.

    Args:
        paddle: The module.
        prefix: Path without its suffixes.
        num_threads: Of the math library, on a CPU, while the function runs.
        bfloat16: Compute in it, on a CPU that has its instructions (`has_bfloat16`).
    """
    import paddle.inference as inference

    config = inference.Config(f"{prefix}.json", f"{prefix}.pdiparams")
    if paddle.device.get_device().startswith("gpu"):
        config.enable_use_gpu(256, int(paddle.device.get_device().partition(":")[2] or 0))
    else:
        config.enable_mkldnn()
        config.set_cpu_math_library_num_threads(num_threads)
        if bfloat16:
            config.enable_mkldnn_bfloat16()
    config.disable_glog_info()
    predictor = inference.create_predictor(config)
    set_num_threads(paddle, own_num_threads())
    source = predictor.get_input_handle(predictor.get_input_names()[0])
    target = predictor.get_output_handle(predictor.get_output_names()[0])

    def run(images: Array) -> Array:
        source.copy_from_cpu(images)
        try:
            predictor.run()
        finally:  # it leaves the whole process with one thread, whatever the config says
            set_num_threads(paddle, own_num_threads())
        output: Array = target.copy_to_cpu()
        return output

    return run


def own_num_threads() -> int:
    """Threads of the math library with which a process that imports Paddle begins: OMP_NUM_THREADS, else 1.

    The gradient of a convolution's weights is summed in as many parts, so its last bits depend on their number.
    """
    try:
        return max(1, int(os.environ.get("OMP_NUM_THREADS", "1")))
    except ValueError:  # a list for nested regions, which Paddle takes for 1
        return 1


def set_num_threads(paddle: Any, number: int, /) -> None:
    """Threads of the math library from here on: of MKL in the whole process, of OpenMP in this thread."""
    paddle.base.core.set_num_threads(number)


def has_bfloat16(paddle: Any, /) -> bool:
    """Whether Paddle computes on a CPU that multiplies bfloat16 faster than float32 (AVX512-BF16 or AMX)."""
    on_cpu: bool = paddle.device.get_device() == "cpu"
    return on_cpu and bool(paddle.base.core.supports_bfloat16_fast_performance())
