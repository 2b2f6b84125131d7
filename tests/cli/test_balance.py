from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from pathlib import Path

import pytest

from datatool.schemas import Plan
from tests.helpers.program import Cli

CELLS = (0, "real", 40), (1, "real", 5), (1, "synthetic", 5)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a list in it."""
    monkeypatch.chdir(tmp_path)
    lines = [f"images/{label}/{source}{n}.jpg {label}" for label, source, rows in CELLS for n in range(rows)]
    (tmp_path / "labels.txt").write_text("\n".join(lines) + "\n")
    return tmp_path


def test_the_defaults_are_labels_txt_and_a_plan_of_its_stem(cli: Cli, folder: Path) -> None:
    result = cli("balance", "--strategy", "oversample")

    assert result.code == 0, result.err
    assert result.err.endswith("wrote labels.plan; its page is labels.plan/plan.html\n")
    assert Plan.open(folder / "labels.plan").epoch_size == 80


def test_the_table_shows_before_and_after_per_class_and_source(cli: Cli, folder: Path) -> None:
    result = cli("balance", "--strategy", "oversample", "--synthetic", "*synthetic*")
    rows = [line.split() for line in result.out.splitlines() if " real " in line or " synthetic " in line]

    assert [[cell for cell in row if cell not in "│|"] for row in rows] == [
        ["0", "real", "40", "40", "1.00", "50.00"],
        ["1", "real", "5", "20", "4.00", "25.00"],
        ["1", "synthetic", "5", "20", "4.00", "25.00"],
        ["real", "45", "90.0", "60", "75.0"],
        ["synthetic", "5", "10.0", "20", "25.0"],
    ]
    assert "80 draws per epoch from 50 rows; 100.0 % of the rows are seen, one row at most 4 times" in result.out


def test_ten_real_classes_get_the_quota_of_the_largest(cli: Cli, shared_data: Path, tmp_path: Path) -> None:
    """The list of clothing, 12 to 600 images a class."""
    result = cli(
        "balance",
        shared_data / "clothing" / "train_longtail_list.txt",
        "--strategy",
        "oversample",
        "--out",
        tmp_path / "a.plan",
    )

    assert result.code == 0, result.err
    plan = Plan.open(tmp_path / "a.plan")
    assert plan.cells.quota.tolist() == [600] * 10
    assert (Path(plan.rows(plan.cells.start[:1]).root[0]) / plan.rows(plan.cells.start[:1]).path[0]).is_file()


def test_a_dry_run_says_what_an_epoch_costs_and_writes_nothing(cli: Cli, folder: Path) -> None:
    result = cli("balance", "--strategy", "oversample", "--dry-run")

    assert result.code == 0
    assert "decodes: 80 images per epoch without a cache, 1.60 per row" in result.out
    assert [line.split()[:4] for line in result.out.splitlines()[-2:]] == [
        ["1", "40", "#" * 40],
        ["3", "to", "4", "10"],
    ]
    assert sorted(file.name for file in folder.iterdir()) == ["labels.txt"]


def test_json_is_one_document_with_cells_cost_and_advice(cli: Cli, folder: Path) -> None:
    result = cli("balance", "--strategy", "oversample", "--target", "60", "--json")
    document = json.loads(result.out)

    assert document["schema"] == "datatool.balance/1"
    assert document["plan"] == "labels.plan"
    assert document["fingerprint"] == Plan.open(folder / "labels.plan").fingerprint
    assert [(cell["class"], cell["rows"], cell["quota"]) for cell in document["cells"]] == [(0, 40, 60), (1, 10, 60)]
    assert (document["epoch_size"], document["decodes"], document["seen_share"]) == (120, 120, 1.0)
    assert document["advice"] == []
    dry = json.loads(cli("balance", "--strategy", "oversample", "--target", "110", "--json", "--dry-run").out)
    assert dry["plan"] is None
    assert dry["advice"][0]["class"] == 1


def test_an_exported_list_holds_every_row_as_often_as_its_quota_says(cli: Cli, folder: Path) -> None:
    result = cli("balance", "--strategy", "oversample", "--export-list", "balanced.txt")
    lines = (folder / "balanced.txt").read_text().splitlines()
    drawn = Counter(lines)

    assert result.code == 0, result.err
    assert f"wrote balanced.txt: 80 lines, paths relative to {folder}" in result.err
    assert Counter(line.split()[-1] for line in lines) == {"0": 40, "1": 40}
    assert set(drawn) == set((folder / "labels.txt").read_text().splitlines())
    assert {drawn[line] for line in drawn if line.endswith(" 1")} == {4}


def test_lists_of_several_roots_are_exported_from_their_common_folder(cli: Cli, folder: Path) -> None:
    (folder / "more").mkdir()
    (folder / "more" / "list.txt").write_text("x.jpg 1\n")
    (folder / "data.yaml").write_text(
        "schema: datatool.dataset/1\ntrain:\n  - {list: labels.txt}\n  - {list: more/list.txt}\n"
    )
    result = cli("balance", "data.yaml", "--strategy", "natural", "--export-list", "all.txt")

    assert result.code == 0, result.err
    assert "more/x.jpg 1" in (folder / "all.txt").read_text().splitlines()


def test_a_list_for_evaluation_is_left_alone(cli: Cli, folder: Path) -> None:
    (folder / "labels.txt").rename(folder / "val.txt")
    result = cli("balance", "val.txt", "--strategy", "oversample")

    assert result.code == 2
    assert "balance must not touch a list for evaluation; got 'val.txt'" in result.err
    assert not (folder / "val.plan").exists()
    assert cli("balance", "val.txt", "--strategy", "oversample", "--force").code == 0


def test_a_val_split_is_read_for_advice_and_never_balanced(cli: Cli, folder: Path) -> None:
    (folder / "val.txt").write_text("v.jpg 0\n")
    (folder / "labels.txt").write_text("a.jpg 0\nsynth/b.jpg 1\n")
    result = cli("balance", "--split", "val=val.txt", "labels.txt", "--synthetic", "synth/*", "--strategy", "natural")

    assert result.code == 0, result.err
    assert "advice (Q4.1 rule 2): class 1 is all synthetic" in result.err
    assert "val has no real image of it" in result.err
    assert Plan.open(folder / "labels.plan").num_rows == 2


def test_findings_of_an_audit_leave_unreadable_images_out(cli: Cli, folder: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    (folder / "audit").mkdir()
    table = {"code": ["E402", "W403", "E401"], "file": ["labels.txt"] * 3, "line": [1, 2, 999]}
    pq.write_table(pa.table(table), folder / "audit" / "findings.parquet")
    result = cli("balance", "--findings", "audit", "--strategy", "natural")

    assert result.code == 0, result.err
    assert Plan.open(folder / "labels.plan").num_rows == 49
    assert "1 faulty or unreadable rows left out" in result.out
    assert "note: 1 of 2 places in audit/findings.parquet are not among these rows" in result.err


def test_findings_stop_it_with_exit_code_1(cli: Cli, folder: Path) -> None:
    (folder / "labels.txt").write_text("a.jpg 0\nb.jpg cat\n")
    result = cli("balance", "--strategy", "natural")

    assert result.code == 1
    assert "E102" in result.err
    assert "--skip-faulty" in result.err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--strategy", "oversampel"], "did you mean 'oversample'?"),
        (["--strategy", "sqrt", "--target", "5"], "a target must go with the strategy oversample"),
        (["--strategy", "oversample", "--target", "0"], "--target must be max, median or a number of draws; got '0'"),
        (["--per-batch", "8"], "--per-batch must be P:K, classes and images of each; got '8'"),
        (["--per-batch", "2:4"], "a class must have at most 24 of 48 draws, once a batch; class 0 has 40"),
        (["--weights", "invers"], "weights must have a known name or be a file; got 'invers'"),
        (["--weight", "9=2"], "--weight must name something with rows; got '9=2'"),
        (["--accept", "W701"], "--accept must be W601"),
        (["--share", "1=1.5"], "the share of 1 must lie in [0, 1]; got 1.5"),
        (["--before", "a.json"], "--before must go with --feedback"),
        (["--findings", "nowhere"], "--findings must be the folder of an audit"),
        (["--epoch-size", "9", "--max-repeat", "0"], "max-repeat must be at least 1; got 0"),
        (["--dry-run", "--export-list", "a.txt"], "--export-list must not go with --dry-run"),
        (["--out", "."], "--out must be a new folder or an existing plan; got '.'"),
    ],
)
def test_what_cannot_be_is_one_sentence_and_exit_code_2(
    cli: Cli, folder: Path, arguments: list[str], sentence: str
) -> None:
    result = cli("balance", *arguments)

    assert (result.code, result.out) == (2, "")
    assert sentence in result.err
    assert result.err.count("\n") == 1
    assert sorted(file.name for file in folder.iterdir()) == ["labels.txt"]


def test_options_with_nothing_to_act_on_are_named(cli: Cli, folder: Path) -> None:
    result = cli("balance", "--accept", "W601", "--synthetic-cap", "2")

    assert "note: --accept W601 has nothing to apply: no class is swollen by synthetic rows." in result.err
    assert "note: --synthetic-cap has nothing to limit: no row is synthetic." in result.err
    (folder / "labels.txt").write_text("a.jpg 0\nsynth/b.jpg 1\n")
    result = cli("balance", "--synthetic-cap", "2", "--synthetic", "synth/*")
    assert "note: --synthetic-cap leaves alone what has no real rows: class 1." in result.err


def test_feedback_of_two_runs_is_advice_and_changes_nothing(cli: Cli, folder: Path) -> None:
    for name, recall in (("before", 0.9), ("after", 0.5)):
        per_class = [{"class": 1, "name": "one", "support": 50, "recall": recall, "precision": None}]
        document = {"schema": "datatool.eval/1", "top1": 0.5, "balanced_accuracy": 0.5, "per_class": per_class}
        document |= {"per_source": [], "confusion": [], "train_cells": []}
        (folder / f"{name}.json").write_text(json.dumps(document))
    runs = ["--feedback", "after.json", "--before", "before.json"]
    result = cli("balance", "--synthetic", "*synthetic*", *runs)

    assert result.code == 0, result.err
    assert "advice (Q4.1 rule 3): recall of class 1 (one) fell from 0.900 to 0.500" in result.err
    assert "Options: --weight 1/synthetic=0.33; --weight 1=3." in result.err
    assert set(Plan.open(folder / "labels.plan").cells.weight.tolist()) == {1.0}


def test_a_compressed_list_gives_the_plan_of_its_stem(cli: Cli, folder: Path) -> None:
    (folder / "labels.txt.gz").write_bytes(gzip.compress((folder / "labels.txt").read_bytes()))

    assert cli("balance", "labels.txt.gz", "--strategy", "natural").code == 0
    assert Plan.open(folder / "labels.plan").num_rows == 50


def test_thousands_of_classes_fit_on_a_screen(cli: Cli, folder: Path) -> None:
    (folder / "labels.txt").write_text("".join(f"{n}.jpg {n % 3000}\n" for n in range(9000)))
    result = cli("balance", "--strategy", "sqrt")

    assert len(result.out.splitlines()) < 50
    assert "the 12 cells with the most rows and the 12 with the fewest of 3,000 (plan.html has all):" in result.out


def test_the_page_has_every_cell_and_fetches_nothing(cli: Cli, folder: Path) -> None:
    cli("balance", "--strategy", "oversample", "--synthetic", "*synthetic*")
    page = (folder / "labels.plan" / "plan.html").read_text()

    assert page.count('<table class="bars">') == 3
    assert '"label":"draws","number":true,"digits":0,"grouped":true,"values":[40,20,20]' in page
    assert "http://" not in page.replace("http://www.w3.org/2000/svg", "")
    assert "https://" not in page


@pytest.mark.parametrize("name", ["labels.txt", "./images/../labels.txt", "link.txt", "names.txt", "images"])
def test_an_exported_list_never_takes_the_place_of_what_is_read(cli: Cli, folder: Path, name: str) -> None:
    (folder / "images").mkdir()
    (folder / "link.txt").symlink_to("labels.txt")
    (folder / "names.txt").write_text("0 a\n1 b\n")
    before = (folder / "labels.txt").read_text()
    result = cli("balance", "--strategy", "oversample", "--names", "names.txt", "--export-list", name)

    assert result.code == 2
    assert "error: --export-list must not take the place" in result.err or "ordinary file; got 'images'" in result.err
    assert (folder / "labels.txt").read_text() == before
    assert not (folder / "labels.plan").exists()


def test_an_exported_list_says_what_is_never_seen_and_takes_more_epochs(cli: Cli, folder: Path) -> None:
    """One epoch of undersampling leaves rows out for good; enough epochs have each row in its turn."""
    one = cli("balance", "--strategy", "undersample", "--export-list", "b.txt")
    assert one.code == 0, one.err
    assert "the list is one epoch, frozen" in one.err
    assert "rows are never seen" in one.err
    [epochs] = re.findall(r"--export-epochs (\d+)", one.err)
    lines = (folder / "b.txt").read_text().splitlines()
    all_of_them = cli("balance", "--strategy", "undersample", "--export-list", "b.txt", "--export-epochs", epochs)
    assert "every row is seen" in all_of_them.err
    more = (folder / "b.txt").read_text().splitlines()
    assert len(more) == int(epochs) * len(lines)
    assert lines == more[: len(lines)]
    assert len(set(more)) == len(set((folder / "labels.txt").read_text().splitlines()))


def test_a_path_that_the_delimiter_would_split_is_refused_before_anything_is_written(cli: Cli, folder: Path) -> None:
    """With its place, and another delimiter as the way on."""
    (folder / "spaces.txt").write_text("a b.jpg 0\nc.jpg 1\n")
    given = ("balance", "spaces.txt", "--strategy", "oversample", "--export-list", "out.txt")
    refused = cli(*given)
    assert refused.code == 2
    assert "must not hold the delimiter ' '; got 'a b.jpg' (spaces.txt:1)" in refused.err
    assert not (folder / "out.txt").exists()
    assert not (folder / "spaces.plan").exists()
    assert cli(*given, "--delimiter", "tab").code == 0
    assert {"a b.jpg\t0", "c.jpg\t1"} == set((folder / "out.txt").read_text().splitlines())
    for options, words in (
        (("--delimiter", ""), "--delimiter must be a text"),
        (("--export-epochs", "0"), "at least 1"),
    ):
        assert words in cli(*given, *options).err
    assert "must go with --export-list" in cli("balance", "spaces.txt", "--delimiter", "tab").err
