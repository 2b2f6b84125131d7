"""`datatool audit --format github|sarif`: findings beside the lines that they name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from datatool.audit import CHECKS
from tests.helpers.program import Cli


@pytest.fixture
def lists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a b,c%é.txt").write_text("".join(f"{n}.jpg {n % 2}\n" for n in range(40)) + "x.jpg -1\n1.jpg 5\n")
    return tmp_path


def test_github_shows_each_example_at_its_line(cli: Cli, lists: Path) -> None:
    done = cli("audit", "a b,c%é.txt", "--format", "github")
    assert done.code == 1
    lines = done.out.splitlines()
    assert all(line.startswith(("::error file=", "::warning file=", "::notice file=")) for line in lines)
    (negative,) = [line for line in lines if "E103" in line]
    assert negative.startswith("::error file=a b%2Cc%25é.txt,line=41,title=E103 label-negative::")
    assert any("W202" in line and ",line=1," in line for line in lines)


def test_sarif_has_a_rule_for_each_code_and_a_result_for_each_example(cli: Cli, lists: Path) -> None:
    done = cli("audit", "a b,c%é.txt", "--format", "sarif", "--fail-on", "never")
    assert done.code == 0
    document = json.loads(done.out)
    (run,) = document["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert document["version"] == "2.1.0"
    assert {rule["id"] for rule in rules} >= {"E103", "E301", "W202"}
    assert all(rule["fullDescription"]["text"] == CHECKS[rule["id"]].text for rule in rules)
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        (place,) = result["locations"]
        assert place["physicalLocation"]["artifactLocation"]["uri"] == "a%20b%2Cc%25%C3%A9.txt"
        assert place["physicalLocation"]["region"]["startLine"] >= 1
    counts = {finding["code"]: max(1, len(finding["examples"])) for finding in _audited(cli)["findings"]}
    assert {code: sum(result["ruleId"] == code for result in run["results"]) for code in counts} == counts


def _audited(cli: Cli) -> dict[str, list[dict[str, list[object]]]]:
    as_option = cli("audit", "a b,c%é.txt", "--json").out
    assert as_option == cli("audit", "a b,c%é.txt", "--format", "json").out
    document: dict[str, list[dict[str, list[object]]]] = json.loads(as_option)
    return document


def test_a_clean_list_prints_no_annotation_and_an_empty_run(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "good.txt").write_text("".join(f"{n}.jpg {n % 2}\n" for n in range(60)))
    assert cli("audit", tmp_path / "good.txt", "--format", "github").out == ""
    (run,) = json.loads(cli("audit", tmp_path / "good.txt", "--format", "sarif").out)["runs"]
    assert [] == run["results"]
