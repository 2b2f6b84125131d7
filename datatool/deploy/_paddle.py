"""Paddle inference: a traced, fused program for Paddle Inference in Python, C++ and on servers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from datatool.deploy._exported_run import ExportedRun
from datatool.errors import ConfigError
from datatool.frameworks import PaddleFramework, has_bfloat16, load_compiled, save_traced
from datatool.models import fuse
from datatool.schemas import require


class PaddleFormat:
    """`inference.json` and `inference.pdiparams`, named as PaddleClas names them."""

    name = "paddle"
    files: tuple[str, ...] = ("inference.json", "inference.pdiparams")

    def write(self, run: ExportedRun, folder: Path, /) -> str:
        """Fuse, trace and write.

        Raises:
            ConfigError: If the run was trained with another framework.
        """
        if not isinstance(run.trainer.kit, PaddleFramework):
            raise ConfigError(
                f"--format paddle must go with a run of the paddle trainer; got {run.trainer.framework}",
                hint="use --format onnx",
            )
        size = run.opened.state.transform.image_size
        fused = fuse(run.trainer.model, image_size=size)
        save_traced(require("paddle", extra="paddle"), fused, (3, size, size), folder / "inference")
        return "load inference.json and inference.pdiparams with paddle.inference.Config, or run datatool predict"

    def open(self, folder: Path, /, *, num_threads: int, bfloat16: bool = False) -> Callable[[Any], Any]:
        """Compiled, with oneDNN on a CPU.

        Raises:
            ConfigError: If bfloat16 is asked of a machine that has no instructions for it.
        """
        paddle = require("paddle", extra="paddle")
        if bfloat16 and not has_bfloat16(paddle):
            raise ConfigError(
                "--precision bfloat16 must go with a CPU that has AVX512-BF16 or AMX; this machine computes on "
                f"{paddle.device.get_device()} without",
                hint="leave --precision out",
            )
        return load_compiled(paddle, folder / "inference", num_threads=num_threads, bfloat16=bfloat16)

    def to_verify(self, folder: Path, run: ExportedRun, /) -> list[Callable[[Any], Any]]:
        """Compiled, and the plain program: compiling puts every BatchNorm in evaluation mode, whatever was written."""
        del run
        paddle = require("paddle", extra="paddle")
        program = paddle.jit.load(str(folder / "inference"))
        program.eval()

        def plain(images: Any) -> Any:
            with paddle.no_grad():
                return program(paddle.to_tensor(images)).numpy()

        return [self.open(folder, num_threads=1), plain]
