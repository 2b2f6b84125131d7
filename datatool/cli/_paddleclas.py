"""`datatool paddleclas`: audit, balance and check for people who stay with PaddleClas."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from datatool.cli._balance import StrategyOption, show_draft
from datatool.cli._output import FailOn, JsonOption, emit_json, say, show

if TYPE_CHECKING:
    from datatool.paddleclas import Balanced

app = typer.Typer(rich_markup_mode=None, add_completion=False, no_args_is_help=True)

YamlArgument = Annotated[Path, typer.Argument(metavar="YAML", help="A YAML of PaddleClas, such as its shipped ones.")]
CwdOption = Annotated[
    Path | None,
    typer.Option("--cwd", metavar="DIR", help="Where PaddleClas runs, which paths of the YAML are relative to."),
]
OverrideOption = Annotated[
    list[str] | None,
    typer.Option("-o", "--override", metavar="KEY=VALUE", help="As PaddleClas takes it; never evaluated. Repeatable."),
]


@app.callback()
def _paddleclas() -> None:
    """Audit, balance and check what a YAML of PaddleClas names, without an edit to PaddleClas."""


@app.command()
def audit(
    yaml: YamlArgument,
    override: OverrideOption = None,
    cwd: CwdOption = None,
    images: Annotated[bool, typer.Option("--images", help="Read the images too: missing, damaged, leaks.")] = False,
    ignore: Annotated[
        list[str] | None, typer.Option("--ignore", metavar="CODE", help="A finding to leave out. Repeatable.")
    ] = None,
    fail_on: Annotated[
        FailOn, typer.Option("--fail-on", help="The mildest finding that makes the exit code 1.")
    ] = FailOn.error,
    json: JsonOption = False,
) -> None:
    """Audit every list of a YAML as PaddleClas reads it: lines, ids, class_num, relabel, names."""
    from datatool.cli._audit_text import echo
    from datatool.cli._paddleclas_text import audit_text
    from datatool.front import fails
    from datatool.paddleclas import audit_config, read_config

    config = read_config(yaml, overrides=override or [], cwd=cwd)
    codes = frozenset(code.strip().upper() for text in ignore or () for code in text.split(","))
    document = audit_config(config, ignore=codes, images=images)
    if json:
        emit_json(document)
    else:
        echo(audit_text(document))
    if fails(document.findings, fail_on.value):
        raise typer.Exit(1)


@app.command()
def balance(
    yaml: YamlArgument,
    strategy: StrategyOption,
    out: Annotated[
        Path, typer.Option("-o", "--out", metavar="DIR", help="Where plan, list and overrides.txt are written.")
    ],
    override: Annotated[
        list[str] | None,
        typer.Option("--override", metavar="KEY=VALUE", help="As PaddleClas's -o takes it. Repeatable."),
    ] = None,
    cwd: CwdOption = None,
    epochs: Annotated[
        int, typer.Option("--epochs", metavar="N", help="Epochs in the list: rows outside one quota have their turn.")
    ] = 1,
    sampler: Annotated[
        bool, typer.Option("--sampler", help="No list: exact batches by a sampler in PaddleClas's own loader.")
    ] = False,
    target: Annotated[
        str | None, typer.Option("--target", metavar="N|median|max", help="Draws of each class for oversample.")
    ] = None,
    epoch_size: Annotated[int | None, typer.Option("--epoch-size", metavar="N", help="Draws of an epoch.")] = None,
    max_repeat: Annotated[
        int | None, typer.Option("--max-repeat", metavar="N", help="Most draws of a row in an epoch.")
    ] = None,
    share: Annotated[
        list[str] | None,
        typer.Option("--share", metavar="CLASS=S", help="Fixed share of the epoch. Repeatable."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Balance even a list meant for evaluation.")] = False,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Decides between equal remainders.")] = 0,
    json: JsonOption = False,
) -> None:
    """Balance the training list of a YAML, and print the overrides with which PaddleClas trains on it, unedited."""
    from datatool.balance import BalanceOptions
    from datatool.paddleclas import balance_config, read_config

    done = balance_config(
        read_config(yaml, overrides=override or [], cwd=cwd),
        strategy=strategy,
        out=out,
        overrides=override or [],
        num_epochs=epochs,
        sampler=sampler,
        seed=seed,
        options=BalanceOptions(
            target=target,
            epoch_size=epoch_size,
            max_repeat=max_repeat,
            shares=tuple(share or ()),
            force=force,
            allow_outside_root=True,
        ),
    )
    if json:
        emit_json(_balance_document(done))
    else:
        show_draft(done.draft, dry_run=False)
        show(f"\n{done.command}")
    say(f"wrote {done.out}; the overrides were applied as PaddleClas applies them and give the same rows")
    _say_what_it_means(done)


def _say_what_it_means(done: Balanced) -> None:
    if done.exported is None:
        say("Every batch is the plan's, on every rank; PaddleClas must be able to import datatool (PYTHONPATH).")
    else:
        say(f"note: {done.exported.frozen()}.")
        if done.exported.unseen and done.exported.epochs_for_all is not None:
            say(f"Every row has its turn with --epochs {done.exported.epochs_for_all}, or with --sampler.")
    if done.ids_differ:
        say("note: relabel is switched off: ids are now those of the lists, for Train and Eval alike.")


def _balance_document(done: Balanced) -> object:
    from datatool.balance import balance_document
    from datatool.schemas import PaddleClasBalance

    exported = done.exported
    return PaddleClasBalance(
        out=str(done.out),
        list=None if exported is None else str(done.out / "train_list.txt"),
        lines=None if exported is None else exported.lines,
        epochs=None if exported is None else exported.num_epochs,
        unseen=0 if exported is None else exported.unseen,
        overrides=done.overrides,
        command=done.command,
        balance=balance_document(done.draft, done.plan),
    )


@app.command()
def check(
    yaml: YamlArgument,
    weights: Annotated[
        Path,
        typer.Argument(
            metavar="WEIGHTS", help="A .pdparams, with or without its suffix, a .tar, or a folder of variables."
        ),
    ],
    override: OverrideOption = None,
    cwd: CwdOption = None,
    write: Annotated[
        Path | None,
        typer.Option("--write", metavar="FILE", help="Write the weights under the names that PaddleClas takes."),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Say what PaddleClas would load of a weight file, and what it would leave out with a warning."""
    from datatool.cli._paddleclas_text import check_text
    from datatool.paddleclas import check_weights, read_config

    document = check_weights(read_config(yaml, overrides=override or [], cwd=cwd), weights, write=write)
    if json:
        emit_json(document)
    else:
        show(check_text(document))
    if write is not None:
        say(f"wrote {write}, which PaddleClas loads whole")
    if document.problem is not None:
        raise typer.Exit(1)
