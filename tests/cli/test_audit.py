"""`datatool audit` as people and scripts run it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.helpers.program import Cli


@pytest.fixture
def lists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "good.txt").write_text("".join(f"c{n % 2}/{n}.jpg {n % 2}\n" for n in range(60)))
    (tmp_path / "odd.txt").write_text("".join(f"c{n % 2}/{n}.jpg {n % 2 + 3}\n" for n in range(60)) + "\n")
    (tmp_path / "bad.txt").write_text(
        "".join(f"{n}.jpg {7 * (n % 2)}\n" for n in range(60)) + "x.jpg\n\x1b[31m.jpg 0 \n"
    )
    return tmp_path


def test_the_first_lines_say_class_num_ids_and_gaps(cli: Cli, lists: Path) -> None:
    assert cli("audit", "bad.txt").out.splitlines()[:3] == [
        "class_num 8 (largest id + 1): ids start at 0, 6 missing up to 7 (1-6)",
        "61 rows in 2 classes",
        "  train          61  bad.txt  (separator: space)",
    ]
    assert cli("audit", "odd.txt").out.startswith(
        "class_num 5 (largest id + 1): ids start at 3, not 0, no gaps up to 4\n"
    )
    assert cli("audit", "good.txt").out.startswith("class_num 2 (largest id + 1): ids start at 0, no gaps up to 1\n")


def test_findings_come_worst_first_with_place_and_fix(cli: Cli, lists: Path) -> None:
    lines = cli("audit", "bad.txt").out.splitlines()
    at = lines.index("1 error, 1 warning, 1 note, worst first:")
    assert lines[at + 2 : at + 5] == [
        "E101 malformed-line: 1 line without a path or without a label",
        "     bad.txt:61  x.jpg  <- no label after the path",
        "     fix: datatool clean bad.txt --drop E101 -o DIR",
    ]


def test_text_of_a_list_cannot_drive_the_terminal(cli: Cli, lists: Path) -> None:
    result = cli("audit", "bad.txt")
    assert "\x1b" not in result.out
    assert r"\x1b[31m.jpg 0" in result.out


def test_a_clean_list_has_nothing_to_mend(cli: Cli, lists: Path) -> None:
    result = cli("audit", "good.txt")
    assert (result.code, result.out.splitlines()[-1], result.err) == (0, "Nothing to mend.", "")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["good.txt", "--fail-on", "info"], 0),
        (["odd.txt"], 0),
        (["odd.txt", "--fail-on", "warning"], 1),
        (["odd.txt", "--fail-on", "warning", "--ignore", "w201"], 0),
        (["odd.txt", "--fail-on", "info", "--ignore", "W201"], 1),
        (["odd.txt", "--fail-on", "info", "--ignore", "W201,I109"], 0),
        (["bad.txt"], 1),
        (["bad.txt", "--fail-on", "never"], 0),
        (["none.txt"], 2),
        ([], 2),
        (["good.txt", "--split", "val"], 2),
        (["good.txt", "--split", "val=good.txt", "--split", "val=odd.txt"], 2),
        (["good.txt", "--ignore", "X1"], 2),
        (["good.txt", "--fail-on", "always"], 2),
        (["good.txt", "--names", "none.txt"], 2),
    ],
)
def test_exit_codes_tell_findings_from_mistakes(cli: Cli, lists: Path, arguments: list[str], code: int) -> None:
    result = cli("audit", *arguments)
    assert result.code == code
    assert (len(result.err.splitlines()) == 1) == (code == 2)


def test_json_is_one_document_on_standard_output_whatever_was_found(cli: Cli, lists: Path) -> None:
    for name in ("good.txt", "bad.txt"):
        document = json.loads(cli("audit", name, "--json").out)
        assert document["schema"] == "datatool.audit/1"
        assert [file["path"] for file in document["files"]] == [name]
    assert set(document) >= {
        "rows", "files", "class_num", "min_id", "max_id", "num_classes_present", "missing_id_count", "missing_ids",
        "missing_ranges", "imbalance_ratio", "counts", "fc", "findings",
    }  # fmt: skip
    assert document["counts"]["7"] == {"real": 30, "synthetic": 0}


def test_an_earlier_audit_is_a_baseline(cli: Cli, lists: Path) -> None:
    assert cli("audit", "bad.txt", "--out", "old").code == 1
    result = cli("audit", "bad.txt", "--baseline", "old")
    assert (result.code, result.out.splitlines()[-1]) == (0, "Nothing new.")


def test_ids_of_class_folders_are_stated(cli: Cli, lists: Path) -> None:
    for name in ("dog", "cat"):
        (lists / "set" / name).mkdir(parents=True)
        (lists / "set" / name / "a.jpg").touch()
    assert "Ids from the sorted folder names: 0 cat, 1 dog\n" in cli("audit", "set").out


def test_a_list_comes_from_standard_input(process: Cli) -> None:
    result = process("-m", "datatool", "audit", "-", "--json", input="a.jpg 0\nb.jpg 2\n")
    document = json.loads(result.out)
    assert (document["rows"], document["class_num"], document["missing_ids"]) == (2, 3, [1])


def test_files_that_were_not_read_are_spoken_of_only_where_there_are_any(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for number in range(3):
        pixels = np.full((16, 16, 3), 40 * number, np.uint8)
        Image.fromarray(pixels).save(tmp_path / f"{number}.png")
    (tmp_path / "train.txt").write_text("0.png 0\n1.png 1\n2.png 0\n")
    first, second = (cli("audit", tmp_path / "train.txt", "--images").out for _ in range(2))
    assert "); 3 read\n" in first
    assert "); 0 read, 3 missing or unchanged since an earlier run\n" in second
