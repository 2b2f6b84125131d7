"""Every log of `expected.yaml`: what it comes from is named first."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

from datatool.explain import explain, read_rules
from datatool.schemas import ExplainDocument, load_yaml
from tests.helpers.mounts import namespace
from tests.helpers.program import Cli

HERE = Path(__file__).parent
EXPECTED: list[dict[str, Any]] = load_yaml((HERE / "expected.yaml").read_text())
ROWS = 50
WANTED = 45
MADE = ("paddle", "torch", "reader")


def _names_it(document: ExplainDocument, expected: dict[str, Any]) -> bool:
    found = document.harmless[0] if expected.get("harmless") else document.cause
    nothing_else = document.cause is None or not expected.get("harmless")
    return found is not None and found.rule == expected["rule"] and nothing_else and _first_cause(found, expected)


def _first_cause(found: Any, expected: dict[str, Any]) -> bool:
    return bool(found.causes) and str(found.causes[0].text).startswith(expected["cause"])


def _said(document: ExplainDocument) -> str:
    cause = document.cause
    return "nothing" if cause is None else f"{cause.rule}: {[one.text for one in cause.causes][:1]} {cause.text}"


@pytest.mark.slow
@pytest.mark.parametrize("expected", [e for e in EXPECTED if e["origin"] in MADE], ids=lambda e: e["log"])
def test_a_log_made_by_failing_is_explained(expected: dict[str, Any], made: Path) -> None:
    """Where `missed` stands another cause comes first, but the failure is the same."""
    if "shared_memory" in expected["log"] and namespace() is None:
        pytest.skip("this system allows no mount namespace (unshare -m)")
    folder = made / expected["log"]
    log = folder if folder.is_dir() else folder.with_suffix(".log")
    document = explain(log)
    assert document.cause is not None
    assert expected["rule"] == document.cause.rule, _said(document)
    assert expected.get("missed", False) == (not _names_it(document, expected)), _said(document)


@pytest.mark.parametrize("expected", [e for e in EXPECTED if e["origin"] == "written"], ids=lambda e: e["log"])
def test_a_log_written_by_hand_is_explained(expected: dict[str, Any]) -> None:
    document = explain(HERE / "written" / f"{expected['log']}.log")
    assert expected.get("missed", False) == (not _names_it(document, expected)), _said(document)


def test_an_error_of_datatool_is_its_own_explanation(tmp_path: Path, cli: Cli) -> None:
    (tmp_path / "r.yaml").write_text("data: {train: none.plan}\n")
    (tmp_path / "list.txt").write_text("a.jpg 0\na.jpg 1\n")
    for command in (
        ("train", tmp_path / "r.yaml"),
        ("balance", tmp_path / "list.txt", "--strategy", "oversample", "--out", tmp_path / "p"),
    ):
        done = cli(*command)
        (tmp_path / "run.log").write_text(done.out + done.err)
        document = explain(tmp_path / "run.log")
        assert document.cause is not None
        assert document.cause.rule == "datatool-error", done.err
        assert document.cause.text in done.err


@pytest.mark.parametrize("log", sorted((HERE / "healthy").glob("*.log")), ids=lambda log: log.stem)
def test_a_healthy_log_gives_nothing(log: Path) -> None:
    document = explain(log)
    assert document.cause is None, _said(document)
    assert [] == [match.rule for match in document.also]
    assert document.traceback is None


@pytest.mark.slow
def test_a_healthy_run_of_datatool_gives_nothing(write_recipe: Any, tmp_path: Path, cli: Cli) -> None:
    done = cli("train", write_recipe(), "-o", "run.epochs=1")
    assert done.code == 0, done.err
    (tmp_path / "run.log").write_text(done.err + done.out)
    assert explain(tmp_path / "run.log").cause is None


def test_every_row_of_the_table_has_a_log_and_enough_are_named() -> None:
    rows = {expected["row"]: expected for expected in EXPECTED if expected.get("row")}
    assert set(range(1, ROWS + 1)) == set(rows)
    assert sum(not expected.get("missed", False) for expected in rows.values()) >= WANTED
    assert sum(expected["origin"] != "written" for expected in rows.values()) >= 20


def test_the_page_has_the_rules_and_the_logs_as_they_are(repository: Path) -> None:
    """`make docs` mends a failure here."""
    spec = importlib.util.spec_from_file_location("update_explain", repository / "docs" / "update_explain.py")
    assert spec is not None
    assert spec.loader is not None
    update = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(update)
    page = (repository / "docs" / "explain.md").read_text(encoding="utf-8")
    assert update.page_with(page, rules=read_rules(), logs=EXPECTED) == page


def test_every_written_log_is_expected() -> None:
    written = {log.stem for log in (HERE / "written").glob("*.log")}
    assert written == {expected["log"] for expected in EXPECTED if expected["origin"] == "written"}
    assert len(list((HERE / "healthy").glob("*.log"))) + 1 >= 10
