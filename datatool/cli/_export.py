"""`datatool export`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from datatool.cli import _complete
from datatool.cli._output import JsonOption, emit_json, say, show
from datatool.schemas import NUM_VERIFIED

if TYPE_CHECKING:
    from datatool.schemas import ModelMeta


def export(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run folder.")],
    out: Annotated[Path, typer.Option("-o", "--out", metavar="DIR", help="Where the model is written.")],
    format: Annotated[  # noqa: A002
        str, typer.Option("--format", help="paddle, onnx or pdparams.", autocompletion=_complete.model_formats)
    ] = "paddle",
    checkpoint: Annotated[str, typer.Option("--checkpoint", help="newest, best or step_N.")] = "newest",
    yaml: Annotated[
        Path | None,
        typer.Option("--for", metavar="YAML", help="With pdparams: a YAML of PaddleClas that the printed line names."),
    ] = None,
    images: Annotated[int, typer.Option("--images", min=1, help="Real images to verify on.")] = NUM_VERIFIED,
    json: JsonOption = False,
) -> None:
    """Export a run's model, and check on real images that it predicts as the run does."""
    from datatool.deploy import export as export_run

    if yaml is not None:
        _check_for(yaml, format)
    replaces = out.exists()
    done = export_run(run, out=out, format=format, checkpoint=checkpoint, num_images=images)
    if json:
        emit_json(done.meta)
        return
    if replaces:
        say(f"replaced the earlier export in {out}")
    verified = done.meta.verified
    show(f"{out}: {', '.join(done.files)}; class_num {done.meta.class_num}")
    show(
        f"verified on {verified.images} real images of the run's lists: the same first class on {verified.same_top1}, "
        f"logits within {verified.max_abs_diff:.2g}"
    )
    show(
        f"on images like these another first class is rarer than {verified.excluded_rate:.2%} (95 % confidence); "
        "rarer faults and other images are not excluded"
    )
    if done.meta.calibration is not None:
        show(f"calibrated: temperature {done.meta.calibration.temperature:.3g}, threshold {_threshold(done.meta)}")
    say(f"To use it, {done.use}.")
    if done.clas:
        from datatool.paddleclas import command

        show("\n".join(done.clas) if yaml is None else command(str(yaml), done.clas, script="tools/eval.py"))


def _threshold(meta: ModelMeta) -> str:
    found = None if meta.calibration is None else meta.calibration.threshold
    return "none" if found is None else f"{found:.4f}"


def _check_for(yaml: Path, format_: str) -> None:
    from datatool.paddleclas import check_for_export, read_config
    from datatool.schemas import ConfigError

    if format_ != "pdparams":
        raise ConfigError(f"--for must go with --format pdparams; got {format_}")
    check_for_export(read_config(yaml))
