"""What every command has: `-h`, `-q`, `-o` beside `--out`, and its options in groups."""

from __future__ import annotations

from pathlib import Path
from types import MethodType
from typing import Annotated, Any, Final

import typer

from datatool.cli._output import be_quiet

HELP: Final = {"help_option_names": ["-h", "--help"]}
_REST: Final = "Options"

# Heading of the help -> options under it; an option that stands nowhere is under "Options".
_GROUPS: Final = {
    "Data set": (
        *("--split", "--root", "--names", "--synthetic", "--path-column", "--label-column", "--source-column"),
        *("--split-column", "--group-column", "--group", "--allow-outside-root"),
    ),
    "Quotas": (
        *("--strategy", "--target", "--epoch-size", "--share", "--max-repeat", "--synthetic-share"),
        *("--synthetic-cap", "--per-batch", "--count"),
    ),
    "Weights and advice": ("--weights", "--weight", "--accept", "--feedback", "--before"),
    "Output": (
        *("--out", "--json", "--format", "--fail-on", "--ignore", "--baseline", "--export-list", "--export-epochs"),
        *("--delimiter", "--dry-run", "--quiet", "--help"),
    ),
}


def with_manners(command: Any, /) -> Any:
    """Give a command, and those below it, what every command has."""
    below = list(getattr(command, "commands", {}).values())
    for nested in below or [command]:
        if not any(_has_short(one) for one in below):
            _shorten_out(nested)
        _add(nested)
    return command


def _add(command: Any) -> None:
    command.params.append(_quiet_option())
    for parameter in command.params:
        if _is_local(parameter):
            _refuse_urls(parameter)
        _spare(parameter)
    command.format_options = MethodType(_format_options, command)


def _is_local(parameter: Any) -> bool:
    """Whether it takes a place on this machine; places that may be on a bucket are texts."""
    described = getattr(parameter, "type_descriptor", None)
    return described is not None and described.annotation is Path


def _refuse_urls(parameter: Any) -> None:
    """Else `s3://bucket/a` is the folder `s3:/bucket/a` of this machine."""
    process = parameter.process_value
    what = max(parameter.opts, key=len) if parameter.param_type_name == "option" else parameter.name.upper()

    def local(context: Any, value: Any) -> Any:
        from datatool.schemas import check_local

        if value is not None:
            check_local(value, what=what)
        return process(context, value)

    parameter.process_value = local


def _spare(parameter: Any) -> None:
    """Do not ask for a converter of what was not given: typer builds one with pydantic, 3 ms each."""
    if parameter.required or parameter.callback is not None:
        return
    process = parameter.process_value
    nothing = () if parameter.multiple or parameter.nargs == -1 else None
    parameter.process_value = lambda context, value: nothing if value is None else process(context, value)


def _has_short(command: Any) -> bool:
    return any("-o" in option.opts for option in command.params)


def _hush(asked: bool) -> None:
    if asked:
        be_quiet()


QuietOption = Annotated[
    bool,
    typer.Option("-q", "--quiet", callback=_hush, expose_value=False, help="Say nothing but results and errors."),
]


def _quiet_option() -> Any:
    """`-q` as an option of its own: typer makes options of the arguments of functions only."""

    def probe(quiet: QuietOption = False) -> None:
        del quiet

    app = typer.Typer(rich_markup_mode=None, add_completion=False)
    app.command()(probe)
    return next(option for option in typer.main.get_command(app).params if "--quiet" in option.opts)


def _shorten_out(command: Any) -> None:
    """`-o` stands for `--out` wherever something is written, but in commands that set keys with it, and beside them."""
    if _has_short(command):
        return
    for option in command.params:
        if "--out" in option.opts:
            option.opts.insert(0, "-o")


def _format_options(command: Any, context: Any, formatter: Any) -> None:
    """Arguments, then options under their headings."""
    parts: dict[str, list[tuple[str, str]]] = {"Arguments": [], _REST: [], **{name: [] for name in _GROUPS}}
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if record is not None:
            is_argument = parameter.param_type_name == "argument"
            parts["Arguments" if is_argument else _heading(parameter.opts)].append(record)
    for heading, records in parts.items():
        if records:
            with formatter.section(heading):
                formatter.write_dl(records)


def _heading(names: list[str]) -> str:
    return next((heading for heading, options in _GROUPS.items() if {*options} & {*names}), _REST)
