"""One data set is the same whatever it is written in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from datatool.audit import audit
from datatool.balance import BalanceOptions, make_plan
from datatool.rows import open_rows, resolve
from tests.helpers.tables import FORMATS, write_table

FEW = settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
PATHS = st.sampled_from(["a.jpg", "b c.jpg", "./a.jpg", "sub/\u00e9.png", "../up.jpg", "d,e.png"])
SOURCES = st.sampled_from(["real", "synthetic", "render"])
NAMES = st.sampled_from(["cat", "dog", "T-shirt/top", "caf\u00e9", "golden retriever"])


def looked_at(path: Path, **options: Any) -> tuple[Any, ...]:
    """Rows without places, and the audit without places and texts."""
    with open_rows(resolve(str(path), **options)) as rows:
        audited = audit(rows)
        document = audited.model_dump(exclude={"files", "findings", "names"})
        found = [(one.code, one.severity, one.count) for one in audited.findings]
        sql = "SELECT path, label, source::VARCHAR, split::VARCHAR FROM rows ORDER BY file, line"
        return rows.read().execute(sql).fetchall(), dict(rows.names or {}), document, found


@FEW
@given(st.lists(st.tuples(PATHS, st.one_of(st.integers(-1, 4), st.none()), SOURCES), min_size=1, max_size=8))
@example([("a.jpg", 0, "real"), ("a.jpg", 1, "real"), ("b c.jpg", None, "render"), ("d,e.png", -1, "real")])
def test_ids_are_the_same_rows_and_findings_in_every_table(tmp_path: Path, rows: list[tuple[Any, ...]]) -> None:
    columns = {name: [row[at] for row in rows] for at, name in enumerate(("path", "label", "source"))}
    first, *others = (looked_at(write_table(tmp_path / f"t{suffix}", columns)) for suffix in FORMATS)
    assert others == [first] * len(others)


@FEW
@given(st.lists(st.tuples(PATHS, NAMES), min_size=1, max_size=8))
def test_names_are_the_same_rows_and_findings_in_every_table(tmp_path: Path, rows: list[tuple[str, str]]) -> None:
    columns: dict[str, list[Any]] = {"path": [path for path, _ in rows], "label": [name for _, name in rows]}
    first, *others = (looked_at(write_table(tmp_path / f"t{suffix}", columns)) for suffix in FORMATS)
    assert others == [first] * len(others)
    known = first[1]
    assert [(path, known[label]) for path, label, _, _ in first[0]] == rows


@FEW
@given(st.lists(st.tuples(PATHS, st.integers(0, 4)), min_size=1, max_size=8))
def test_a_list_is_what_its_tables_are(tmp_path: Path, rows: list[tuple[str, int]]) -> None:
    (tmp_path / "t.txt").write_text("".join(f"{path}\t{label}\n" for path, label in rows), "utf-8")
    columns: dict[str, list[Any]] = {"path": [path for path, _ in rows], "label": [label for _, label in rows]}
    expected = looked_at(tmp_path / "t.txt")
    for suffix in FORMATS:
        assert looked_at(write_table(tmp_path / f"t{suffix}", columns)) == expected


def test_a_plan_has_one_fingerprint_whatever_its_rows_were_written_in(tmp_path: Path) -> None:
    paths = [f"{number} {number % 3}.jpg" for number in range(20)]
    columns: dict[str, list[Any]] = {"path": paths, "label": [f"class {number % 3}" for number in range(20)]}
    (tmp_path / "names.txt").write_text("".join(f"{number} class {number}\n" for number in range(3)))
    (tmp_path / "t.txt").write_text("".join(f"{path}\t{number % 3}\n" for number, path in enumerate(paths)))
    made = set()
    for file in (tmp_path / "t.txt", *(write_table(tmp_path / f"t{suffix}", columns) for suffix in FORMATS)):
        with open_rows(resolve(str(file), names=tmp_path / "names.txt")) as rows:
            plan = make_plan(rows, out=tmp_path / f"{file.name}.plan", strategy="sqrt", options=BalanceOptions())
        made.add(plan.fingerprint)
    assert len(made) == 1


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_table_without_rows_is_an_empty_list_and_no_crash(tmp_path: Path, suffix: str) -> None:
    path = write_table(tmp_path / f"t{suffix}", {"path": [], "label": []})
    with open_rows(resolve(str(path))) as rows:
        assert [finding.code for finding in audit(rows).findings] == ["E105"]


@pytest.mark.parametrize("suffix", FORMATS)
def test_faults_name_the_line_of_a_text_and_the_number_of_a_row(tmp_path: Path, suffix: str) -> None:
    columns: dict[str, list[Any]] = {"image_id": ["a.jpg", "b.jpg", "", "d.jpg"], "target": [0, 1, 2, -4]}
    with open_rows(resolve(str(write_table(tmp_path / f"t{suffix}", columns)))) as rows:
        examples = [(e.line, e.text) for f in audit(rows).findings if f.code in ("E101", "E103") for e in f.examples]
    header = suffix in (".csv", ".tsv")
    assert [line for line, _ in examples] == [3 + header, 4 + header]
    shown = {".csv": "d.jpg,-4", ".tsv": "d.jpg\t-4", ".jsonl": '{"image_id": "d.jpg", "target": -4}'}
    assert examples[1][1] == shown.get(suffix, "d.jpg -4")
