"""The house: four folders, one import name, floors that look down only (docs/decisions/0001)."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from datatool.cli._app import COMMANDS
from tests.helpers.program import Cli

FOLDERS = {
    "datatool": "datatool",
    "pipelines": "datatool/pipelines",
    "samplers": "datatool/samplers",
    "schemas": "datatool/schemas",
}
LINKED = ("pipelines", "samplers", "schemas")


def _git(repository: Path, *arguments: str) -> list[str]:
    if shutil.which("git") is None or not (repository / ".git").exists():
        pytest.skip("this is not a git checkout")
    done = subprocess.run(["git", "-C", str(repository), *arguments], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


@pytest.fixture(scope="session")
def tracked(repository: Path) -> list[str]:
    """Tracked files that are still there, symlinks included."""
    return [name for name in _git(repository, "ls-files") if os.path.lexists(repository / name)]


@pytest.fixture(scope="session")
def wheel(repository: Path, tracked: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel made from the source distribution made from the tracked files."""
    source = tmp_path_factory.mktemp("source")
    for name in tracked:
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(repository / name, source / name, follow_symlinks=False)
    out = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(source)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return next(out.glob("*.whl"))


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds what the wheel installs."""
    folder = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def _in_wheel(name: str) -> str:
    top, _, rest = name.partition("/")
    return f"{FOLDERS[top]}/{rest}"


@pytest.mark.slow
def test_the_wheel_holds_every_tracked_file_of_the_four_folders_and_nothing_else(
    repository: Path, tracked: list[str], wheel: Path
) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    inside = sorted(name for name in names if ".dist-info/" not in name)
    files = [name for name in tracked if name.split("/")[0] in FOLDERS and not (repository / name).is_symlink()]
    assert sorted(map(_in_wheel, files)) == inside


@pytest.mark.slow
def test_the_wheel_has_one_top_level_name(wheel: Path) -> None:
    tops = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"datatool"}


@pytest.mark.slow
def test_what_the_wheel_installs_runs_away_from_the_checkout(installed: Path, tmp_path: Path, process: Cli) -> None:
    script = """
import datatool, datatool.pipelines, datatool.samplers, datatool.schemas, sys
ours = [module for name, module in sys.modules.items() if name.startswith("datatool")]
print(*(module.__file__ for module in ours), sep="\\n")
"""
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    result = process("-P", "-c", script, cwd=tmp_path, env=environment)
    assert result.code == 0, result.err
    files = result.out.split()
    assert [file for file in files if not file.startswith(str(installed))] == []
    assert len(files) >= 4
    result = process("-P", "-m", "datatool", "doctor", "--json", cwd=tmp_path, env=environment)
    assert result.code == 0, result.err


@pytest.mark.slow
def test_every_module_of_the_wheel_can_be_imported(installed: Path, tmp_path: Path, process: Cli) -> None:
    script = (
        "import importlib, pkgutil, datatool;"
        "[importlib.import_module(m.name) for m in pkgutil.walk_packages(datatool.__path__, 'datatool.')"
        " if not m.name.endswith('__main__')]"
    )
    result = process("-P", "-c", script, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(installed)})
    assert result.code == 0, result.err


@pytest.mark.parametrize("name", LINKED)
def test_the_links_for_static_tools_are_tracked_as_links(repository: Path, name: str) -> None:
    """git mode 120000; `git add datatool/samplers/...` would follow them, so they are looked at here."""
    assert _git(repository, "ls-files", "-s", f"datatool/{name}")[0].split()[0] == "120000"
    assert os.readlink(repository / "datatool" / name) == f"../{name}"


@pytest.mark.parametrize("name", LINKED)
def test_the_bare_name_is_refused_even_from_the_checkout(repository: Path, process: Cli, name: str) -> None:
    result = process("-c", f"import {name}", cwd=repository)
    assert result.code == 1
    assert result.err.rstrip().splitlines()[-1].startswith(f"ImportError: import datatool.{name};")


def test_a_folder_of_the_users_does_not_shadow_ours(tmp_path: Path, process: Cli) -> None:
    for name in LINKED:
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise SystemExit('the wrong one')\n")
    result = process("-c", "import datatool.pipelines, datatool.samplers, datatool.schemas", cwd=tmp_path)
    assert result.code == 0, result.err


def test_rooms_import_only_from_floors_below(repository: Path, process: Cli) -> None:
    result = process(
        "-c",
        "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))",
        cwd=repository,
    )
    assert result.code == 0, result.out


def _imported(file: Path) -> Iterator[str]:
    """Dotted names of what a file imports; a name taken from a module is the last part."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _modules(repository: Path) -> Iterator[tuple[str, Path]]:
    """(room, file) of the product, each file once."""
    for top in FOLDERS:
        for file in (repository / top).rglob("*.py"):
            inside = file.relative_to(repository / top).parts
            yield (Path(inside[0]).stem if top == "datatool" else top), file


def test_no_room_imports_anothers_private_module(repository: Path) -> None:
    strangers = [
        f"{file.relative_to(repository)}: {name}"
        for room, file in _modules(repository)
        for name in _imported(file)
        if name.startswith("datatool.") and name.split(".")[1] != room and re.search(r"\._(?!_)", name)
    ]
    assert strangers == []


def test_no_folder_of_code_is_crowded(repository: Path) -> None:
    """A folder with more than twenty modules holds several ideas; one entry of a registry per file is one idea."""
    registries = {"datatool/audit/checks", "datatool/cli", "schemas/documents"}
    folders = Counter(
        str(file.parent.relative_to(repository)) for _, file in _modules(repository) if file.stem != "__init__"
    )
    crowded = {folder for folder, files in folders.items() if files > 20}
    assert crowded - registries == set()


def test_tests_share_helpers_and_never_one_another(repository: Path) -> None:
    imported = [
        f"{file.relative_to(repository)}: {name}"
        for file in (repository / "tests").rglob("*.py")
        for name in _imported(file)
        if name.startswith("tests.") and not name.startswith("tests.helpers.")
    ]
    assert imported == []


def test_every_room_stands_on_a_floor(repository: Path) -> None:
    settings = tomllib.loads((repository / "pyproject.toml").read_text())
    layers = settings["tool"]["importlinter"]["contracts"][0]["layers"]
    floors = {name.strip().removeprefix("datatool.") for layer in layers for name in layer.split("|")}
    rooms = {path.stem for path in (repository / "datatool").iterdir() if path.is_dir() or path.suffix == ".py"}
    assert rooms - {"__init__", "__main__", "__pycache__"} == floors


def test_ci_can_be_run(repository: Path) -> None:
    assert _git(repository, "ls-files", "-s", ".ci/run")[0].split()[0] == "100755"


def _rooms(repository: Path) -> list[Path]:
    """Folders of code with files of their own; a check's file is named by its import."""
    tops = [repository / top for top in FOLDERS]
    faces = [face for top in tops for face in top.rglob("__init__.py") if not any(map(Path.is_symlink, face.parents))]
    named_by_import = {"datatool/audit/checks", "datatool"}
    return [face.parent for face in faces if str(face.parent.relative_to(repository)) not in named_by_import]


def test_each_room_opens_with_a_tree_of_its_files(repository: Path) -> None:
    """Commands, one file each, are named by one line."""
    missing = []
    for room in _rooms(repository):
        opening = ast.get_docstring(ast.parse((room / "__init__.py").read_text(encoding="utf-8"))) or ""
        commands = {f"_{name.replace('-', '_')}" for name in COMMANDS} if room.name == "cli" else set()
        stems = {file.stem for file in room.glob("_*.py")} - {"__init__"} - commands
        missing += [f"{room.name}/{stem}" for stem in sorted(stems) if not re.search(rf"\b{stem}\b", opening)]
    assert missing == []
