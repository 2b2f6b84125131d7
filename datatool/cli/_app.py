"""The `datatool` program: finds a command, runs it, and turns errors into one sentence and an exit code."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterator, MutableMapping
from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup

from datatool.schemas import DatatoolError

# name -> module that holds a function of that name, or a typer.Typer named `app`; imported when named.
COMMANDS: Final = {
    "audit": "datatool.cli._audit",
    "balance": "datatool.cli._balance",
    "doctor": "datatool.cli._doctor",
    "train": "datatool.cli._train",
    "evaluate": "datatool.cli._evaluate",
    "demo": "datatool.cli._demo",
}

INTERRUPTED: Final = 130  # 128 + SIGINT, as shells report it


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
        app.command(name)(getattr(home, name.replace("-", "_")))
    command = typer.main.get_command(app)
    command.name = name
    return command


class _LazyGroup(TyperGroup):
    def __init__(self, **attrs: Any) -> None:
        super().__init__(**attrs)
        self.commands = _LazyCommands()


app = typer.Typer(cls=_LazyGroup, rich_markup_mode=None, pretty_exceptions_enable=False, no_args_is_help=True)


def _version(asked: bool) -> None:
    if asked:
        from datatool import __version__

        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _root(
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Make an image-classification data set fit to train on, and train on it."""
    del version
    if debug:
        os.environ["DATATOOL_DEBUG"] = "1"


def main() -> None:
    """Run the program; every error becomes one sentence on standard error and an exit code."""
    try:
        app()
    except DatatoolError as error:
        _stop(str(error), error.exit_code, error)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(2) from None
    except OSError as error:
        where = "" if error.filename is None else f" ({error.filename})"
        _stop(f"the system refused: {error.strerror or error}{where}.", 2, error)
    except KeyboardInterrupt as error:
        _stop("interrupted.", INTERRUPTED, error)
    except Exception as error:  # noqa: BLE001 - the last line of defence; --debug shows the traceback
        _stop(
            f"internal error: {type(error).__name__}: {error}. Hint: run datatool --debug for the traceback.", 2, error
        )


def _stop(sentence: str, code: int, error: BaseException) -> None:
    if os.environ.get("DATATOOL_DEBUG"):
        raise error
    typer.echo(f"error: {sentence}", err=True)
    raise SystemExit(code) from None
