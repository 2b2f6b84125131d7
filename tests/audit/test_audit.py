"""The document of an audit."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from datatool.errors import ConfigError
from datatool.rows import resolve
from datatool.schemas import AuditDocument
from tests.helpers.lists import rows

Audit = Callable[..., AuditDocument]


def test_the_real_long_tailed_list_has_its_known_figures(shared_data: Path) -> None:
    from datatool.audit import audit
    from datatool.rows import open_rows

    with open_rows(resolve(str(shared_data / "clothing" / "train_longtail_list.txt"))) as opened:
        document = audit(opened)
    assert (document.rows, document.class_num, document.imbalance_ratio) == (1680, 10, 50.0)
    assert {finding.code for finding in document.findings} == {"W701", "I702"}


def test_class_num_is_the_largest_id_plus_one_over_all_splits(run_audit: Audit) -> None:
    document = run_audit("a.jpg 0\nb.jpg 7\n", val="c.jpg 1000\n")
    assert (document.class_num, document.min_id, document.max_id, document.num_classes_present) == (1001, 0, 1000, 3)
    assert document.missing_id_count == 998
    assert document.missing_ranges == [(1, 6), (8, 999)]
    assert document.missing_ids == [*range(1, 7), *range(8, 1000)]


def test_one_mistyped_id_does_not_exhaust_memory(run_audit: Audit) -> None:
    document = run_audit("a.jpg 0\nb.jpg 2000000000\n", class_num=2**31)
    assert document.class_num == 2_000_000_001
    assert document.missing_id_count == 1_999_999_999
    assert document.missing_ids == list(range(1, 1001))
    assert document.missing_ranges == [(1, 1_999_999_999)]


def test_missing_ids_and_ranges_are_cut_at_a_thousand_each(run_audit: Audit) -> None:
    document = run_audit("".join(f"{number}.jpg {2 * number}\n" for number in range(1500)))
    assert document.missing_id_count == 1499
    assert document.missing_ids == [2 * number + 1 for number in range(1000)]
    assert document.missing_ranges == [(2 * number + 1, 2 * number + 1) for number in range(1000)]


def test_without_a_usable_row_the_document_is_still_written(run_audit: Audit) -> None:
    document = run_audit("bad\n")
    assert (document.rows, document.class_num, document.missing_id_count, document.counts) == (0, 0, 0, {})
    assert (document.min_id, document.max_id, document.imbalance_ratio) == (None, None, None)
    assert (document.fc.params, document.fc.bottleneck_break_even) == (0, 0)
    assert {finding.code for finding in document.findings} == {"E101", "E105"}


def test_counts_and_imbalance_are_of_train(run_audit: Audit) -> None:
    document = run_audit(rows({0: 3, 1: 1}), val=rows({0: 50, 1: 1}, folder="val"), synthetic=["*/1/*"])
    assert document.counts == {0: {"real": 3, "synthetic": 0}, 1: {"real": 0, "synthetic": 1}}
    assert document.imbalance_ratio == 3.0
    assert document.rows == 55


def test_counts_are_of_the_only_split_where_it_is_not_train(run_audit: Audit) -> None:
    assert run_audit(val=rows({0: 4, 1: 2})).imbalance_ratio == 2.0


def test_the_final_layer_is_costed_with_its_bias(run_audit: Audit) -> None:
    cost = run_audit("a.jpg 1\nb.jpg 999\n", feature_dim=2048).fc
    assert (cost.params, cost.bytes) == (2049 * 1000, 4 * 2049 * 1000)
    assert cost.wasted_params == 2049 * 998
    assert cost.bottleneck_break_even == 671  # 2048 * 1000 / 3048 = 671.9


def test_a_clean_list_has_no_finding(run_audit: Audit) -> None:
    assert run_audit(rows({0: 25, 1: 30}), val=rows({0: 5, 1: 5}, folder="v")).findings == []


def test_findings_are_sorted_worst_first(run_audit: Audit) -> None:
    codes = [finding.code for finding in run_audit("a.jpg 1\na.jpg 2\nb.jpg 5\n\nbad\nb.jpg 5\n").findings]
    assert codes == ["E101", "E301", "W201", "W202", "W302", "I109", "I702"]


def test_ignored_codes_are_not_reported_and_unknown_ones_are_refused(run_audit: Audit) -> None:
    assert "W201" not in {finding.code for finding in run_audit("a.jpg 1\n", ignore=frozenset({"W201"})).findings}
    with pytest.raises(ConfigError, match="must name a finding code; got 'W291'"):
        run_audit("a.jpg 1\n", ignore=frozenset({"W291"}))


@pytest.mark.parametrize("option", ["class_num", "feature_dim"])
def test_options_below_one_are_refused(run_audit: Audit, option: str) -> None:
    with pytest.raises(ConfigError, match="must be at least 1; got 0"):
        run_audit("a.jpg 1\n", **{option: 0})


def test_counts_are_exact_and_examples_are_capped(run_audit: Audit) -> None:
    document = run_audit("".join(f"{number}.jpg cat\n" for number in range(100)) + "x.jpg 0\n", max_examples=3)
    [finding] = [finding for finding in document.findings if finding.code == "E102"]
    assert (finding.count, [example.line for example in finding.examples]) == (100, [1, 2, 3])


def test_the_document_survives_its_own_json(run_audit: Audit) -> None:
    document = run_audit("a.jpg 0\nbad\n")
    assert AuditDocument.parse(json.loads(document.to_json())) == document


def test_the_folder_holds_the_document_and_every_place_of_every_finding(run_audit: Audit, tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    out = tmp_path / "it's out"
    text = "".join(f"{number}.jpg cat\n" for number in range(50)) + "../x.jpg 1\na.jpg 1\na.jpg 1\n"
    document = run_audit(text, out=out)
    assert AuditDocument.parse(json.loads((out / "audit.json").read_text())) == document
    table = pq.read_table(out / "findings.parquet")
    assert table.column_names == ["code", "name", "severity", "file", "line", "text", "reason"]
    places: dict[str, list[Any]] = {}
    for row in table.to_pylist():
        places.setdefault(row["code"], []).append(row["line"])
    assert {code: len(lines) for code, lines in places.items()} == {
        "E102": 50, "E107": 10, "E108": 1, "W201": 1, "W302": 1, "I702": 1,
    }  # fmt: skip
    assert places["E108"] == [51]
    assert places["W302"] == [53]


def test_places_stand_as_the_findings_do_and_by_file_and_line_each_time(run_audit: Audit, tmp_path: Path) -> None:
    """Threads find them in another order each time."""
    import pyarrow.parquet as pq

    lines = [f"{number % 700}.jpg {'x' if number % 3 else number % 7}" for number in range(5000)]
    document = run_audit("\n".join(lines) + "\n", val="\n".join(lines) + "\n", out=tmp_path / "out")

    table = pq.read_table(tmp_path / "out" / "findings.parquet").to_pylist()
    codes = [finding.code for finding in document.findings]
    places = [(codes.index(row["code"]), row["file"], row["line"]) for row in table if row["line"]]
    assert len(places) > 6000
    assert places == sorted(places)


def test_a_folder_that_is_no_audit_is_not_replaced(run_audit: Audit, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run_audit("a.jpg 0\n", out=out)
    run_audit("a.jpg 1\n", out=out)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "file").write_text("kept")
    with pytest.raises(ConfigError, match="--out must be new, empty or an earlier audit"):
        run_audit("a.jpg 0\n", out=tmp_path / "mine")
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["file"]


def test_train_without_rows_is_not_replaced_by_another_split(run_audit: Audit) -> None:
    document = run_audit("bad\n", val="a.jpg 0\nb.jpg 1\n")
    assert (document.rows, document.counts, document.imbalance_ratio) == (2, {}, None)


def test_a_long_line_is_cut_in_the_document_and_whole_in_the_table(run_audit: Audit, tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    line = "x" * 10_000 + ".jpg cat"
    document = run_audit(f"{line}\n", out=tmp_path / "out")
    assert {len(one.text) for finding in document.findings for one in finding.examples} <= {0, 300}
    texts = {row["code"]: row["text"] for row in pq.read_table(tmp_path / "out" / "findings.parquet").to_pylist()}
    assert texts["E102"] == line
