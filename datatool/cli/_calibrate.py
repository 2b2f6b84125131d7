"""`datatool calibrate`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from datatool.cli._output import JsonOption, emit_json, say, show


def calibrate(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run folder.")],
    list_: Annotated[str | None, typer.Option("--list", help="DATASET of held-out rows; default: data.val.")] = None,
    checkpoint: Annotated[str, typer.Option(help="newest, best, or step_N.")] = "newest",
    precision: Annotated[
        float | None,
        typer.Option("--precision", help="Share of answers that shall be right; below its threshold none is given."),
    ] = None,
    deploy_prior: Annotated[
        Path | None,
        typer.Option("--deploy-prior", metavar="FILE", help="JSON class -> share in use; default: the held-out rows'."),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Fit a temperature and a threshold on held-out rows; datatool export takes them along."""
    from datatool.cli._talk import talk
    from datatool.deploy import calibrate as calibrate_run

    talk("datatool.training")
    document = calibrate_run(run, list=list_, checkpoint=checkpoint, precision=precision, deploy_prior=deploy_prior)
    if json:
        emit_json(document)
        return
    found = document.calibration
    show(
        f"temperature {found.temperature:.4f}: expected calibration error {found.calibration_error_before:.4f} before, "
        f"{found.calibration_error_after:.4f} after, on {found.rows:,} held-out rows"
    )
    show(f"shares in use: those of {document.prior_from}")
    if document.loss_after >= document.loss_before:
        say(
            f"the temperature stays 1: a fitted one gains nothing on rows that it was not fitted on (loss "
            f"{document.loss_before:.4f} before, {document.loss_after:.4f} after); more held-out rows may tell"
        )
    if found.threshold is not None:
        show(
            f"threshold {found.threshold:.4f}: {found.coverage:.1%} answered, {found.reached:.1%} of these right, "
            f"at least {found.reached_low:.1%} with a confidence of 95 %"
        )
    if document.unseen:
        say(f"in use without a held-out row, so that nothing is known of them: {', '.join(document.unseen)}")
    say("a picture of a class that the model does not know gets a score too: a threshold does not find those")
    show(str(run / "calibration.html"))
