from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from datatool.errors import ConfigError
from datatool.schemas import AuditDocument

Audit = Callable[..., AuditDocument]


@pytest.fixture
def baseline(run_audit: Audit, tmp_path: Path) -> Path:
    """An audit with one duplicate and ids from 1."""
    path = tmp_path / "old.json"
    path.write_text(run_audit("a.jpg 1\na.jpg 1\n").to_json())
    return path


def codes(document: AuditDocument) -> dict[str, int]:
    return {finding.code: finding.count for finding in document.findings}


def test_known_findings_are_left_out_even_where_lines_moved(run_audit: Audit, baseline: Path) -> None:
    document = run_audit("b.jpg 1\nc.jpg 1\na.jpg 1\na.jpg 1\n", baseline=baseline)
    assert codes(document) == {}
    assert document.rows == 4


def test_a_new_code_is_reported(run_audit: Audit, baseline: Path) -> None:
    assert codes(run_audit("a.jpg 1\na.jpg 1\nbad\n", baseline=baseline)) == {"E101": 1}


def test_more_of_the_same_is_reported_with_its_new_places(run_audit: Audit, baseline: Path) -> None:
    document = run_audit("a.jpg 1\na.jpg 1\nb.jpg 1\nb.jpg 1\n", baseline=baseline)
    [finding] = document.findings
    assert (finding.code, finding.count, [one.text for one in finding.examples]) == ("W302", 2, ["b.jpg 1"])
    assert "1 more than in the baseline" in finding.message


def test_as_many_at_another_place_are_new(run_audit: Audit, baseline: Path) -> None:
    assert codes(run_audit("a.jpg 1\nb.jpg 1\nb.jpg 1\n", baseline=baseline)) == {"W302": 1}


def test_the_folder_of_an_audit_is_a_baseline(run_audit: Audit, tmp_path: Path) -> None:
    run_audit("a.jpg 1\n", out=tmp_path / "old")
    assert codes(run_audit("a.jpg 1\n", baseline=tmp_path / "old")) == {}


@pytest.mark.parametrize("content", ["{", "[]", '{"schema": "datatool.plan/1"}'])
def test_what_is_no_audit_is_refused(run_audit: Audit, tmp_path: Path, content: str) -> None:
    (tmp_path / "old.json").write_text(content)
    with pytest.raises(ConfigError, match=r"old\.json"):
        run_audit("a.jpg 1\n", baseline=tmp_path / "old.json")


def test_a_baseline_that_is_not_there_is_refused(run_audit: Audit, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"--baseline must be a readable audit\.json"):
        run_audit("a.jpg 1\n", baseline=tmp_path / "none.json")
