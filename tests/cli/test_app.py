"""The program around the commands: errors, exit codes, `--debug`, suggestions."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable

import pytest

from datatool import errors
from datatool.cli import _app
from tests.helpers.program import Cli, Result

Probe = Callable[[BaseException | None], Cli]


@pytest.fixture
def probe(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run a command that raises what it is given."""

    def run(error: BaseException | None, /, *arguments: str) -> Result:
        def probe(size: int = 0) -> None:
            """Probe the program."""
            if error is not None:
                raise error

        module = types.ModuleType("datatool.cli._probe")
        module.probe = probe  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, module.__name__, module)
        monkeypatch.setitem(_app.COMMANDS, "probe", module.__name__)
        return cli(*(arguments or ("probe",)))

    return run


@pytest.mark.parametrize(
    ("error", "code", "sentence"),
    [
        (errors.FindingsError("rows must be clean; got 3 errors"), 2, "error: rows must be clean; got 3 errors."),
        (
            errors.PlanError("x must be y; got z", file="p", hint="run w"),
            2,
            "error: x must be y; got z (p). Hint: run w.",
        ),
        (errors.ConfigError("x must be y; got z"), 2, "error: x must be y; got z. Hint: run datatool probe --help."),
        (errors.ConfigError("x must be y; got z", file="p"), 2, "error: x must be y; got z (p)."),
        (errors.DatasetError("x must be y; got z"), 2, "error: x must be y; got z."),
        (FileNotFoundError(2, "No such file", "a.txt"), 2, "error: the system refused: No such file (a.txt)."),
        (OSError("disk on fire"), 2, "error: the system refused: disk on fire."),
        (
            RuntimeError("first line\nsecond line"),
            2,
            "error: internal error: RuntimeError: first line. Hint: add --debug for the traceback.",
        ),
    ],
)
def test_every_error_is_one_sentence_and_an_exit_code(
    probe: Callable[..., Result], error: Exception, code: int, sentence: str
) -> None:
    assert Result(code=code, out="", err=sentence + "\n") == probe(error)


@pytest.mark.parametrize("arguments", [("--debug", "probe"), ("probe", "--debug"), ("probe", "--size", "1", "--debug")])
def test_debug_shows_the_traceback_wherever_it_stands(probe: Callable[..., Result], arguments: tuple[str, ...]) -> None:
    result = probe(errors.FindingsError("x must be y; got z"), *arguments)
    assert result.err.startswith("Traceback (most recent call last):")
    assert result.err.endswith("error: x must be y; got z.\n")
    assert result.code == 2


def test_findings_end_with_1_the_commands_that_they_belong_to(
    probe: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_app, "_ENDS_WITH_FINDINGS", frozenset({"probe"}))
    assert probe(errors.FindingsError("x must be y; got z")).code == 1


def test_debug_can_be_asked_for_by_the_environment(
    probe: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATATOOL_DEBUG", "1")
    assert "Traceback" in probe(errors.PlanError("x must be y; got z")).err


def test_debug_after_two_dashes_is_an_argument_like_any_other(probe: Callable[..., Result]) -> None:
    result = probe(None, "probe", "--", "--debug")
    assert result.code == 2
    assert "--debug" in result.err


def test_an_interrupt_exits_as_shells_report_it(probe: Callable[..., Result]) -> None:
    result = probe(KeyboardInterrupt())
    assert result.code == 130
    assert "Traceback" not in result.err


def test_no_reader_is_not_a_finding(process: Cli) -> None:
    """`datatool ... | head` closes standard output early."""
    script = "import subprocess, sys; p = subprocess.Popen([sys.executable, '-m', 'datatool', 'doctor', '--json'], "
    script += "stdout=subprocess.PIPE, stderr=subprocess.PIPE); p.stdout.close(); "
    script += "print(p.stderr.read().decode(), p.wait())"
    assert process("-c", script).out.strip() == "2"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("audti",), "error: no such command 'audti'. Did you mean 'audit'?"),
        (
            ("probe", "--siz", "1"),
            "error: no such option: --siz (Possible options: --size). Hint: run datatool probe --help.",
        ),
        (("probe", "--size", "one"), "error: invalid value for '--size': "),
        (("probe", "x"), "error: got unexpected extra argument(s) (x). Hint: run datatool probe --help."),
    ],
)
def test_a_wrong_command_line_is_one_sentence_with_a_hint(
    probe: Callable[..., Result], arguments: tuple[str, ...], sentence: str
) -> None:
    result = probe(None, *arguments)
    assert result.code == 2
    assert result.out == ""
    assert result.err.startswith(sentence)
    assert result.err.count("\n") == 1


def test_a_command_that_ends_well_exits_with_0(probe: Callable[..., Result]) -> None:
    assert Result(code=0, out="", err="") == probe(None)


def test_no_arguments_print_the_help(cli: Cli) -> None:
    result = cli()
    assert result.code == 0
    assert result == cli("--help")
    assert [name for name in _app.COMMANDS if f"  {name} " not in result.out] == []


def test_the_version_is_printed(cli: Cli) -> None:
    import datatool

    assert cli("--version").out == datatool.__version__ + "\n"
