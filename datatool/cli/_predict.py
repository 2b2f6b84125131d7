"""`datatool predict`."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from datatool.cli._output import JsonOption, emit_json_line, say
from datatool.schemas import plural

if TYPE_CHECKING:
    from datatool.rows import ListedPath
    from datatool.schemas import ModelMeta


class Precision(StrEnum):
    """What the compiled model computes in."""

    FLOAT32 = "float32"
    BFLOAT16 = "bfloat16"


def predict(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="A folder that datatool export wrote.")],
    inputs: Annotated[list[str], typer.Argument(metavar="DATASET|IMAGE...", help="Images, folders, lists.")],
    topk: Annotated[int, typer.Option("--topk", help="Classes per image.")] = 5,
    batch_size: Annotated[int, typer.Option("--batch", min=1, help="Images per call of the model.")] = 32,
    threads: Annotated[int | None, typer.Option("--threads", min=1, help="Default: one per usable CPU.")] = None,
    precision: Annotated[
        Precision, typer.Option("--precision", help="bfloat16 is faster where the CPU has it, and less exact.")
    ] = Precision.FLOAT32,
    root: Annotated[str | None, typer.Option("--root", metavar="DIR", help="Where listed paths are opened.")] = None,
    names_file: Annotated[
        Path | None,
        typer.Option("--names", metavar="FILE", help="Names for classes that the model has only ids of."),
    ] = None,
    deploy_prior: Annotated[
        Path | None, typer.Option("--deploy-prior", metavar="FILE", help="JSON class -> share where it will be used.")
    ] = None,
    estimate_prior: Annotated[
        Path | None,
        typer.Option("--estimate-prior", metavar="FILE", help="Write the class shares of these images, for that."),
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Parquet, in place of lines.")] = None,
    json: JsonOption = False,
) -> None:
    """Predict images: one JSON line each on standard output; what cannot be read is named."""
    # Threads of Paddle's math library spin for 200 ms after each batch, on the cores that decode the next one.
    os.environ.setdefault("KMP_BLOCKTIME", "1")
    from datatool.deploy import Predictor, PriorEstimate, image_paths, read_prior, write_parquet
    from datatool.deploy import predict as predict_images
    from datatool.evaluation import names_of, with_names
    from datatool.schemas import check_file

    del json  # lines of JSON are the only text there is
    for file in (out, estimate_prior):
        if file is not None:
            check_file(file)
    faults: list[ListedPath] = []
    paths = image_paths(inputs, root=root, on_fault=faults.append)
    opened = Predictor.open(model, num_threads=threads, bfloat16=precision is Precision.BFLOAT16)
    names = with_names(opened.meta.names, names_of(names_file))
    prior = None if deploy_prior is None else read_prior(deploy_prior, names=names)
    _say_calibration(opened.meta, prior)
    for fault in faults:
        say(f"cannot be read as a path: {fault.file}:{fault.line} ({fault.reason})")
    bad = 0
    kept = []
    shares = PriorEstimate(opened.meta.prior, class_num=opened.meta.class_num)
    predictions = predict_images(
        opened,
        paths,
        topk=topk,
        batch_size=batch_size,
        num_threads=threads,
        deploy_prior=prior,
        on_logits=None if estimate_prior is None else shares.add,
    )
    for prediction in predictions:
        if prediction.error is not None:
            bad += 1
            say(f"cannot be read: {prediction.path} ({prediction.error})")
        if out is not None:
            kept.append(prediction)
        else:
            emit_json_line(prediction.to_dict(names))
    if out is not None:
        write_parquet(kept, names, out)
        say(f"wrote {out}: {len(kept):,} predictions")
    if estimate_prior is not None:
        made = shares.write(estimate_prior)
        say(f"wrote {estimate_prior}: class shares of {plural(made.images, 'image')}, right for a calibrated model")
    if bad:
        say(f"{bad} of {len(paths)} images cannot be read.")
    if faults:
        say(f"{len(faults)} lines name no image.")
    if bad == len(paths):
        raise typer.Exit(2)


def _say_calibration(meta: ModelMeta, prior: dict[int, float] | None) -> None:
    """What scores and answers are of."""
    found = meta.calibration
    if found is None:
        return
    say(f"scores are calibrated (temperature {found.temperature:.3g}, {found.rows:,} held-out rows)")
    if found.threshold is None:
        return
    if prior is None:
        say(f"answers below a score of {found.threshold:.4f} are null")
    else:
        say(f"answers below a score of {found.threshold:.4f} are null; that was fitted for other shares than these")
