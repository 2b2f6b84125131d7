"""ONNX, through paddle2onnx or torch's exporter; checked and run with onnxruntime."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from datatool.deploy._exported_run import ExportedRun
from datatool.errors import ConfigError
from datatool.frameworks import quiet, save_traced
from datatool.models import fuse
from datatool.schemas import require, scratch_folder

_ERRORS_ONLY: Final = 3
OPSET: Final = 17  # the newest that both exporters and long-supported runtimes take


class OnnxFormat:
    """`model.onnx`, input `input` (N, 3, S, S), batch size free."""

    name = "onnx"
    files: tuple[str, ...] = ("model.onnx",)

    def write(self, run: ExportedRun, folder: Path, /) -> str:
        """Fuse, convert, check and write."""
        _switch_off_telemetry()
        size = run.opened.state.transform.image_size
        fused = fuse(run.trainer.model, image_size=size)
        target = folder / self.files[0]
        with quiet():
            _WRITERS[run.trainer.framework](fused, size, target)
        require("onnx", extra="onnx").checker.check_model(str(target))
        return "load model.onnx with onnxruntime.InferenceSession, or run datatool predict"

    def open(self, folder: Path, /, *, num_threads: int, bfloat16: bool = False) -> Callable[[Any], Any]:
        """A session on the CPU.

        Raises:
            ConfigError: If bfloat16 is asked for.
        """
        if bfloat16:
            raise ConfigError(
                "--precision bfloat16 must go with an export to Paddle; onnxruntime has no such convolutions on a CPU",
                hint="export with --format paddle",
            )
        _switch_off_telemetry()
        onnxruntime = require("onnxruntime", extra="onnx")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = num_threads
        options.log_severity_level = _ERRORS_ONLY
        session = onnxruntime.InferenceSession(str(folder / self.files[0]), options, providers=["CPUExecutionProvider"])
        name = session.get_inputs()[0].name
        return lambda images: session.run(None, {name: images})[0]

    def to_verify(self, folder: Path, run: ExportedRun, /) -> list[Callable[[Any], Any]]:
        """The session."""
        del run
        return [self.open(folder, num_threads=1)]


def _switch_off_telemetry() -> None:
    """From 1.31 on onnxruntime reports its use, and leaves `.ses` in the working folder; no user asked for either."""
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")


def _from_paddle(model: Any, size: int, target: Path) -> None:
    paddle = require("paddle", extra="paddle")
    paddle2onnx = require("paddle2onnx", extra="onnx")
    with scratch_folder() as folder:
        prefix = folder / "model"
        save_traced(paddle, model, (3, size, size), prefix)
        paddle2onnx.export(f"{prefix}.json", f"{prefix}.pdiparams", str(target), opset_version=OPSET, verbose=False)


def _from_torch(model: Any, size: int, target: Path) -> None:
    torch = require("torch", extra="torch")
    require("onnxscript", extra="onnx")
    images = torch.zeros(2, 3, size, size)
    torch.onnx.export(
        model,
        (images,),
        str(target),
        input_names=["input"],
        output_names=["logits"],
        opset_version=OPSET,
        dynamic_shapes=({0: torch.export.Dim("N", min=1)},),
        external_data=False,
        verbose=False,
    )


_WRITERS: Final[dict[str, Callable[[Any, int, Path], None]]] = {"paddle": _from_paddle, "torch": _from_torch}
