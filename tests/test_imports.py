"""What is imported when, and what is public."""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
from pathlib import Path

import pytest

import datatool
from tests.helpers.program import Cli
from tests.helpers.written_plans import write_pictures, write_plan

HEAVY = {
    "albumentations",
    "cv2",
    "duckdb",
    "jinja2",
    "nvidia",
    "paddle",
    "pyarrow",
    "ray",
    "scipy",
    "sklearn",
    "timm",
    "torch",
}
START_UP = HEAVY | {"numpy", "pydantic", "rich", "yaml", "PIL", "simplejpeg", "safetensors"}
UNNEEDED = {"PIL", "cv2", "jinja2", "matplotlib", "paddle", "pandas", "scipy", "simplejpeg", "torch"}  # by an audit
REGISTRIES = {"datatool.audit.checks"}  # their public name is the dict
_LOADED = "import json, sys; print(json.dumps(sorted({name.split('.')[0] for name in sys.modules})))"


def _loaded_after(process: Cli, script: str) -> set[str]:
    result = process("-c", f"{script}\n{_LOADED}")
    assert result.code == 0, result.err
    return set(json.loads(result.out.splitlines()[-1]))


def test_import_datatool_imports_no_package_of_others(process: Cli) -> None:
    assert _loaded_after(process, "import datatool") & START_UP == set()


def test_help_imports_no_heavy_package(process: Cli) -> None:
    script = """
import sys
from datatool.cli import main
sys.argv = ["datatool", "--help"]
try:
    main()
except SystemExit as stop:
    assert stop.code == 0
"""
    assert _loaded_after(process, script) & START_UP == set()


def test_naming_the_public_classes_imports_no_heavy_package(process: Cli) -> None:
    script = "import datatool\nfor name in datatool.__all__: getattr(datatool, name)"
    assert _loaded_after(process, script) & HEAVY == set()


def _modules() -> list[str]:
    found = [module.name for module in pkgutil.walk_packages(datatool.__path__, "datatool.")]
    return ["datatool", *(name for name in found if "._" not in name)]


@pytest.mark.parametrize("name", [name for name in _modules() if name not in REGISTRIES])
def test_all_lists_what_is_public(name: str) -> None:
    """Every name of `__all__` is there, and so is every function and class of this package without an underscore."""
    module = importlib.import_module(name)
    listed = module.__all__
    assert sorted(set(listed)) == sorted(listed)
    assert [entry for entry in listed if not hasattr(module, entry)] == []
    ours = {
        key
        for key, value in vars(module).items()
        if not key.startswith("_")
        and (inspect.isclass(value) or inspect.isfunction(value))
        and (value.__module__ == name or value.__module__.startswith(f"{name}._"))
    }
    assert ours - set(listed) == set()


@pytest.mark.parametrize("name", ["datatool", "datatool.schemas"])
def test_a_name_that_is_not_there_is_an_attribute_error(name: str) -> None:
    module = importlib.import_module(name)
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = module.no_such_name


def test_an_audit_of_a_list_imports_no_package_that_it_does_not_need(process: Cli, tmp_path: Path) -> None:
    (tmp_path / "labels.txt").write_text("a.jpg 0\nb.jpg 1\nb.jpg 0\nc.jpg\n")
    script = f"""
import sys
from datatool.cli import main
sys.argv = ["datatool", "audit", {str(tmp_path / "labels.txt")!r}]
try:
    main()
except SystemExit as stop:
    assert stop.code == 1
"""
    assert _loaded_after(process, script) & UNNEEDED == set()


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_an_audit_of_a_table_of_names_imports_no_package_that_it_does_not_need(
    process: Cli, tmp_path: Path, ending: str
) -> None:
    import pyarrow as pa
    import pyarrow.csv
    import pyarrow.parquet

    paths, labels, file = ["a.jpg", "b.jpg", "b.jpg"], ["cat", "dog", "cat"], tmp_path / f"labels.{ending}"
    table = pa.table({"path": paths, "label": labels})
    if ending == "csv":
        pa.csv.write_csv(table, file)
    elif ending == "parquet":
        pa.parquet.write_table(table, file)
    else:
        file.write_text("".join(f"{json.dumps(row)}\n" for row in table.to_pylist()))
    script = f"""
from datatool.audit import audit
from datatool.rows import open_rows, resolve
with open_rows(resolve({str(file)!r})) as rows:
    assert audit(rows).rows == 3
"""
    assert _loaded_after(process, script) & UNNEEDED == set()


def test_a_loader_for_numpy_imports_neither_pandas_nor_a_framework(process: Cli, tmp_path: Path) -> None:
    plan = write_plan(tmp_path / "a.plan", tmp_path, write_pictures(tmp_path, {0: 4}))
    script = f"""
from datatool.loader import BalancedLoader
with BalancedLoader({str(plan)!r}, batch_size=2, image_size=8, framework="numpy") as loader:
    assert len(list(loader.epoch(0))) == 2
"""
    assert _loaded_after(process, script) & {"matplotlib", "paddle", "pandas", "scipy", "torch"} == set()
