"""Nothing but `datatool.storage` opens or stats an image."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

# Rooms that handle images. Where one of them also has files of its own, the file that may open them is named.
ROOMS = (
    "datatool/audit/images",
    "datatool/bench",
    "datatool/evaluation",
    "datatool/images",
    "datatool/loader",
    "pipelines",
)
OWN_FILES = {
    "pipelines/_processes.py",  # the script that a worker runs again
    "datatool/audit/images/_cache.py",  # the measurements of an earlier audit
    "datatool/audit/images/_contents.py",  # contents.parquet beside a dataset file
    "datatool/evaluation/_evaluate.py",  # eval.csv
    "datatool/evaluation/_open_run.py",  # the plan of a run
    "datatool/evaluation/page/_report.py",  # eval.json of a run
    "datatool/evaluation/_stage_data.py",  # plans and dataset files that a recipe names
}
FORBIDDEN = {"os.open", "os.stat", "os.path.exists", "os.path.isfile", "os.path.getsize", "os.path.join", "open"}
METHODS = {"exists", "is_file", "stat", "read_bytes"}


def _calls(file: Path) -> list[str]:
    """Calls of a file that would open, stat or look for a path."""
    found = []
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            if name in FORBIDDEN or (isinstance(node.func, ast.Attribute) and node.func.attr in METHODS):
                found.append(f"{file.name}:{node.lineno} {name}")
    return found


@pytest.mark.parametrize("room", ROOMS)
def test_no_room_opens_images_for_itself(repository: Path, room: str) -> None:
    files = [file for file in (repository / room).rglob("*.py") if str(file.relative_to(repository)) not in OWN_FILES]
    assert files
    assert [call for file in files for call in _calls(file)] == []
