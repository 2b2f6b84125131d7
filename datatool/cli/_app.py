"""The `datatool` program: finds a command, runs it, and turns errors into one sentence and an exit code."""

from __future__ import annotations

import importlib
import inspect
import os
import sys
import traceback
from collections.abc import Iterator, MutableMapping, Sequence
from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup

from datatool.cli._manners import HELP, QuietOption, with_manners
from datatool.cli._output import be_quiet
from datatool.cli._signals import Signals
from datatool.cli._spread import spread
from datatool.schemas import ConfigError, DatatoolError, FindingsError, PlanError, escaped, hush_paddle, shown

# name -> module that holds a function of that name, or a typer.Typer named `app`; imported when named.
COMMANDS: Final = {
    "audit": "datatool.cli._audit",
    "relabel": "datatool.cli._relabel",
    "clean": "datatool.cli._clean",
    "split": "datatool.cli._split",
    "diff": "datatool.cli._diff",
    "balance": "datatool.cli._balance",
    "advise": "datatool.cli._advise",
    "suspects": "datatool.cli._suspects",
    "doctor": "datatool.cli._doctor",
    "bench": "datatool.cli._bench",
    "prepare": "datatool.cli._prepare",
    "pack": "datatool.cli._pack",
    "index": "datatool.cli._index",
    "train": "datatool.cli._train",
    "evaluate": "datatool.cli._evaluate",
    "calibrate": "datatool.cli._calibrate",
    "compare": "datatool.cli._compare",
    "report": "datatool.cli._report",
    "config": "datatool.cli._config",
    "export": "datatool.cli._export",
    "predict": "datatool.cli._predict",
    "profile": "datatool.cli._profile",
    "paddleclas": "datatool.cli._paddleclas",
    "explain": "datatool.cli._explain",
    "demo": "datatool.cli._demo",
}

# Findings that are looked for, or that must stop a command, make exit code 1; in others they are as any error.
_ENDS_WITH_FINDINGS: Final = frozenset({"audit", "suspects", "balance", "train", "paddleclas"})
USER_ERROR: Final = 2
INTERRUPTED: Final = 130  # 128 + SIGINT, as shells report it
DEBUG_OPTION: Final = "--debug"
DEBUG_VARIABLE: Final = "DATATOOL_DEBUG"

_SYSTEM: Final = ("IOException", "OutOfMemoryException")  # how DuckDB, which most commands do not load, tells of it

# typer brings click along or depends on it, release by release; its errors are found by what typer itself names.
_ClickError: Final = typer.BadParameter.__mro__[2]


class _LazyCommands(MutableMapping[str, Any]):
    """Commands by name, built when looked up."""

    def __init__(self) -> None:
        self._built: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._built:
            self._built[name] = _build(name, COMMANDS[name])
        return self._built[name]

    def __setitem__(self, name: str, command: Any) -> None:
        self._built[name] = command

    def __delitem__(self, name: str) -> None:
        del self._built[name]

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)


def _build(name: str, module: str) -> Any:
    home = importlib.import_module(module)
    app = getattr(home, "app", None)
    if app is None:
        app = typer.Typer(rich_markup_mode=None, add_completion=False)
        app.command(name)(spread(_function(home, name)))
    command = typer.main.get_command(app)
    command.name = name
    command.short_help = _summary(name, module)
    return with_manners(command)


def _function(home: Any, name: str) -> Any:
    return getattr(home, name.replace("-", "_"))


def _summary(name: str, module: str) -> str:
    """The first paragraph of what a command says of itself, whole; typer would cut it at 45 letters."""
    home = importlib.import_module(module)
    app = getattr(home, "app", None)
    said = inspect.getdoc(_function(home, name) if app is None else app.registered_callback.callback)
    return " ".join((said or "").split("\n\n")[0].split())


class _LazyGroup(TyperGroup):
    def __init__(self, **attrs: Any) -> None:
        super().__init__(**attrs)
        self.commands = _LazyCommands()

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Without building the commands: their options, which are not shown here, take most of that time."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, _summary(name, module)) for name, module in COMMANDS.items()])

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:  # typer would exit with 1, which means findings
            raise typer.Exit(_no_reader()) from None


app = typer.Typer(
    cls=_LazyGroup,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    context_settings=HELP,
)


def _version(asked: bool) -> None:
    if asked:
        from datatool import __version__

        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _root(
    debug: Annotated[bool, typer.Option(DEBUG_OPTION, help="Show tracebacks; may stand anywhere.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
    quiet: QuietOption = False,
) -> None:
    """Make an image-classification data set fit to train on, and train on it."""
    del debug, version, quiet


def run(signals: Signals, /) -> int:
    """Run the program; every error but those of a signal becomes one sentence and an exit code."""
    if sys.stdout is None:
        typer.echo("error: standard output must be open; it is closed. Hint: send it to /dev/null.", err=True)
        return USER_ERROR
    arguments, debug = _without_debug(sys.argv[1:])
    be_quiet(False)
    hush_paddle()
    try:
        result = app(args=arguments or ["--help"], prog_name="datatool", standalone_mode=False)
        code = result if isinstance(result, int) else 0  # the argument of typer.Exit, or what the command returned
        _flush()
    except BrokenPipeError:
        return _no_reader()
    except BaseException as error:
        if debug:
            traceback.print_exception(error)
        if isinstance(error, SystemExit) or signals.first is not None:
            raise  # whatever a signal became on its way through other people's code, it was the signal
        sentence, code = _explain(error, arguments)
        typer.echo(sentence, err=True)
    return code


def _flush() -> None:
    """Write standard output to its end here: the interpreter, at its own end, would only complain about a full disk."""
    try:
        sys.stdout.flush()
    except OSError:
        _discard()
        raise


def _without_debug(arguments: Sequence[str]) -> tuple[list[str], bool]:
    """Take `--debug` out, wherever before `--` it stands, so that it also works after the command's name."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    options = [argument for argument in arguments[:end] if argument != DEBUG_OPTION]
    debug = len(options) < end or bool(os.environ.get(DEBUG_VARIABLE))
    return [*options, *arguments[end:]], debug


def _explain(error: BaseException, arguments: Sequence[str] = ()) -> tuple[str, int]:
    """One sentence and the exit code."""
    if isinstance(error, DatatoolError):
        return f"error: {error}{_help(error, arguments)}", _exit_code(error, arguments)
    if isinstance(error, KeyboardInterrupt | typer.Abort):
        return "error: interrupted.", INTERRUPTED
    if isinstance(error, _ClickError):
        return _explain_usage(error), USER_ERROR
    if isinstance(error, OSError):
        where = "" if error.filename is None else f" ({escaped(str(error.filename))})"
        return f"error: the system refused: {shown(error.strerror or str(error))}{where}.", USER_ERROR
    if type(error).__module__ in ("duckdb", "_duckdb") and type(error).__name__ in _SYSTEM:
        said = shown(str(error).partition("\n")[0]).rstrip(".")
        return f"error: the system refused: {said}.", USER_ERROR
    if isinstance(error, ValueError) and str(error) == "embedded null byte":  # Python's, of a path for the system
        return "error: a path must hold no NUL; got one that does.", USER_ERROR
    what = shown(f"{type(error).__name__}: {error}".partition("\n")[0]).rstrip(".")
    return f"error: internal error: {what}. Hint: add {DEBUG_OPTION} for the traceback.", USER_ERROR


def _exit_code(error: DatatoolError, arguments: Sequence[str]) -> int:
    """That of the error, but for findings in commands that they do not belong to."""
    command = _command(arguments)
    is_elsewhere = isinstance(error, FindingsError) and command is not None and command not in _ENDS_WITH_FINDINGS
    return USER_ERROR if is_elsewhere else error.exit_code


def _help(error: DatatoolError, arguments: Sequence[str]) -> str:
    """Where the rule of an option that names no other way on is to be read."""
    command = _command(arguments)
    if error.hint is not None or error.file is not None or command is None:
        return ""
    return f" Hint: run datatool {command} --help." if isinstance(error, ConfigError | PlanError) else ""


def _command(arguments: Sequence[str]) -> str | None:
    """The command of a line of words; None where there is none."""
    word = next((word for word in arguments if not word.startswith("-")), None)
    return word if word in COMMANDS else None


def _explain_usage(error: Any) -> str:
    message = escaped(error.format_message(), lines=True).replace(": Value error, ", ": ")
    context = getattr(error, "ctx", None)
    if type(error).__name__ == "NoArgsIsHelpError":  # a group of commands without a command: its help is the answer
        return message
    sentence = f"error: {message[:1].lower()}{message[1:].rstrip('.')}"
    if sentence.endswith("?") or context is None:
        return sentence if sentence.endswith("?") else f"{sentence}."
    return f"{sentence}. Hint: run {context.command_path} --help."


def _no_reader() -> int:
    """Whoever read standard output has gone: stop without noise."""
    _discard()
    return USER_ERROR


def _discard() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
