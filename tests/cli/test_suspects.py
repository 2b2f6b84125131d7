"""`datatool suspects` from a list to a folder, an audit of it, and what was computed before a kill."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.frozen import frozen_recipe
from tests.helpers.program import Cli


@pytest.fixture
def frozen(home: Path) -> list[Any]:
    """Options that name a backbone and a place for features."""
    return ["--recipe", frozen_recipe(home), "--features", home / "features"]


@pytest.mark.slow
def test_suspects_are_written_and_audited(cli: Cli, home: Path, frozen: list[Any]) -> None:
    import pyarrow.parquet as pq

    out = home / "suspects"
    lines = (home / "train.txt").read_text() + "pictures/train_0_0.jpg 0\npictures/gone.jpg 1\nno-label.jpg\n"
    (home / "own.txt").write_text(lines)
    done = cli("suspects", home / "own.txt", *frozen, "--out", out, "--json")
    assert done.code == 0, done.err
    assert "1 pictures cannot be read and are left out: pictures/gone.jpg" in done.err
    assert "1 faulty lines are left out" in done.err
    told = json.loads(done.out)
    assert sorted(file.name for file in out.iterdir()) == ["review.html", "suspects.json", "suspects.parquet"]
    assert (told["schema"], told["rows"], told["unreadable"]) == ("datatool.suspects/1", 37, 1)
    assert set(told["counts"]) == {"I801", "I802", "I803", "I804"}
    table = pq.read_table(out / "suspects.parquet").to_pydict()
    assert list(table)[:10] == [
        "path", "file", "line", "class", "name", "source", "kind", "code", "score", "suggested"
    ]  # fmt: skip
    for kind in ("label", "outlier"):
        places = [(f, n) for f, n, k in zip(table["file"], table["line"], table["kind"], strict=True) if k == kind]
        assert len(places) == len(set(places)) == 37
    scores = [score for score in table["score"] if score is not None]
    assert scores == sorted(scores, reverse=True)
    small = [
        c for c, k, code in zip(table["class"], table["kind"], table["code"], strict=True) if k == "label" and code
    ]
    assert set(small) <= {0}, "classes of 8 and 4 rows are not accused"

    done = cli("audit", home / "own.txt", "--suspects", out, "--json", "--fail-on", "never")
    found = {one["code"]: one["count"] for one in json.loads(done.out)["findings"] if one["code"].startswith("I80")}
    assert found == {code: count for code, count in told["counts"].items() if count}
    for level, code in (("info", int(any(told["counts"].values()))), ("warning", 0), ("error", 0), ("never", 0)):
        assert cli("suspects", home / "own.txt", *frozen, "--fail-on", level).code == code, level


@pytest.mark.slow
def test_kept_features_are_read_without_building_the_model(
    cli: Cli, home: Path, frozen: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A command that was killed after its features goes on from them; so does one on another list of the pictures."""
    from datatool.probe import _frozen

    monkeypatch.setattr(_frozen, "_OURS", ("small_nets:",))
    first = cli("suspects", home / "train.txt", *frozen, "--json")
    assert first.code == 0, first.err
    monkeypatch.setattr(_frozen, "make_trainer", lambda _: pytest.fail("the model was built"))
    again = cli("suspects", home / "train.txt", *frozen, "--json")
    assert again.code == 0, again.err
    assert again.out == first.out


def test_an_audit_refuses_what_is_no_suspects(cli: Cli, home: Path) -> None:
    done = cli("audit", home / "train.txt", "--suspects", home)
    assert done.code == 2
    assert "must be a folder that datatool suspects wrote" in done.err


def test_a_list_without_rows_is_refused(cli: Cli, home: Path, frozen: list[Any]) -> None:
    (home / "empty.txt").write_text("")
    done = cli("suspects", home / "empty.txt", *frozen)
    assert done.code == 2
    assert "usable row" in done.err
