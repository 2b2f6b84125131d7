"""Rows that findings name are left out and listed; all others stay."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from pathlib import Path

import pytest

from datatool.audit.repair import needs_images
from tests.helpers.program import Cli
from tests.helpers.scenes import encode, scene

LINES = ["a.jpg 0", "b.jpg 1", "a.jpg 0", "c.jpg 0", "c.jpg 1", "../d.jpg 0", "e.jpg\tcat", "f.jpg -1", "g.jpg 2"]


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    (tmp_path / "train.txt").write_text("".join(f"{line}\n" for line in LINES))
    return tmp_path / "train.txt"


def rejected(folder: Path) -> list[Sequence[str]]:
    lines = (folder / "rejected.tsv").read_text().splitlines()
    assert lines[0] == "file\tline\tcode\ttext"
    return [line.split("\t") for line in lines[1:]]


def test_exactly_the_rows_of_the_given_codes_go(listed: Path, cli: Cli) -> None:
    out = listed.parent / "out"
    done = cli("clean", listed, "--drop", "W302,E301", "--drop", "e108,E102,E103", "-o", out, "--json")
    assert done.code == 0
    assert json.loads(done.out)["rejected"] == {"E102": 1, "E103": 1, "E108": 1, "E301": 2, "W302": 1}
    assert [(line, code) for _, line, code, _ in rejected(out)] == [
        ("3", "W302"),
        ("4", "E301"),
        ("5", "E301"),
        ("6", "E108"),
        ("7", "E102"),
        ("8", "E103"),
    ]
    assert rejected(out)[4][3] == "e.jpg\\tcat"
    assert (out / "train.txt").read_text() == "a.jpg 0\nb.jpg 1\ng.jpg 2\n"
    assert listed.read_text() == "".join(f"{line}\n" for line in LINES)


def test_lines_that_give_no_row_must_be_dropped_by_name(listed: Path, cli: Cli) -> None:
    done = cli("clean", listed, "--drop", "W302,E102", "-o", listed.parent / "out")
    assert done.code == 2
    assert "E103" in done.err
    assert "train.txt:8" in done.err
    assert not (listed.parent / "out").exists()


@pytest.mark.parametrize(
    ("code", "said"), [("E999", "finding code"), ("W202", "stands for rows"), ("E10", "did you mean")]
)
def test_codes_that_name_no_rows_are_refused(listed: Path, cli: Cli, code: str, said: str) -> None:
    done = cli("clean", listed, "--drop", code, "-o", listed.parent / "out")
    assert done.code == 2
    assert said in done.err


def test_a_data_set_of_which_nothing_is_left_is_refused(tmp_path: Path, cli: Cli) -> None:
    (tmp_path / "train.txt").write_text("a.jpg 0\na.jpg 1\n")
    assert cli("clean", tmp_path / "train.txt", "--drop", "E301", "-o", tmp_path / "out").code == 2
    assert not (tmp_path / "out").exists()


def test_codes_of_images_read_the_images(tmp_path: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for number in range(3):
        (tmp_path / f"{number}.jpg").write_bytes(encode(scene(number)))
    (tmp_path / "torn.jpg").write_bytes(encode(scene(7))[:-2])
    (tmp_path / "copy.jpg").write_bytes(encode(scene(1)))
    (tmp_path / "train.txt").write_text("0.jpg 0\n1.jpg 1\ntorn.jpg 0\nnone.jpg 1\n")
    (tmp_path / "val.txt").write_text("2.jpg 0\ncopy.jpg 1\n")
    arguments = [tmp_path / "train.txt", "--split", f"val={tmp_path / 'val.txt'}", "--images"]
    done = cli("clean", *arguments, "--drop", "E401,W403,E501", "-o", tmp_path / "out")
    assert done.code == 0
    assert [(code, text) for _, _, code, text in rejected(tmp_path / "out")] == [
        ("W403", "torn.jpg 0"),
        ("E401", "none.jpg 1"),
        ("E501", "copy.jpg 1"),
    ]
    after = cli("audit", tmp_path / "out" / "dataset.yaml", "--images", "--json")
    codes = {finding["code"] for finding in json.loads(after.out)["findings"]}
    assert not codes & {"E401", "W403", "E501"}


@pytest.mark.parametrize("code", ["E401", "W403", "E405", "W502", "W503", "E504"])
def test_codes_that_only_images_show_need_them(code: str) -> None:
    assert needs_images(["E301", code])
    assert not needs_images(["E102", "E301", "W302", "E501"])


def test_conflicts_of_content_are_found_without_asking_for_images(
    tmp_path: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The code alone says that images must be read."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name, seed in (("a", 0), ("b", 1), ("copy", 0)):
        (tmp_path / f"{name}.jpg").write_bytes(encode(scene(seed)))
    (tmp_path / "train.txt").write_text("a.jpg 0\nb.jpg 1\ncopy.jpg 1\n")
    done = cli("clean", tmp_path / "train.txt", "--drop", "E504", "-o", tmp_path / "out")
    assert done.code == 0
    assert [(code, text) for _, _, code, text in rejected(tmp_path / "out")] == [
        ("E504", "a.jpg 0"),
        ("E504", "copy.jpg 1"),
    ]


def test_a_dropped_code_is_gone_from_the_next_audit(listed: Path, cli: Cli) -> None:
    codes = [one["code"] for one in json.loads(cli("audit", listed, "--json").out)["findings"]]
    rows = [code for code in codes if code in ("E102", "E103", "E108", "E301", "W302")]
    assert len(rows) == 5
    assert cli("clean", listed, "--drop", ",".join(rows), "-o", listed.parent / "out").code == 0
    after = json.loads(cli("audit", listed.parent / "out", "--json").out)["findings"]
    assert not {one["code"] for one in after} & set(rows)


def test_nothing_to_drop_is_a_tidy_copy_as_the_audit_advises(tmp_path: Path, cli: Cli) -> None:
    """What it left out is said, zero included."""
    (tmp_path / "l.txt").write_bytes(b"\xef\xbb\xbfa.jpg 0\r\n\nb.jpg\t1 \n")
    [hint] = [
        one["hint"]
        for one in json.loads(cli("audit", tmp_path / "l.txt", "--json").out)["findings"]
        if one["code"] == "I109"
    ]
    command = shlex.split(hint.removesuffix(" writes tidy lists").replace("DIR", str(tmp_path / "out")))
    done = cli(*command[1:])
    assert (0, "left out 0 rows") == (done.code, done.out.splitlines()[1])
    assert (tmp_path / "out" / "train.txt").read_bytes() == b"a.jpg 0\nb.jpg 1\n"
    assert [] == [
        one["code"]
        for one in json.loads(cli("audit", tmp_path / "out", "--json").out)["findings"]
        if one["code"] == "I109"
    ]
