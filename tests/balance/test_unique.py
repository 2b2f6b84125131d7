"""Copies of a picture count once in their class where that is asked for, and digests go with a plan."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from datatool.schemas import Plan
from tests.helpers.program import Cli
from tests.helpers.scenes import encode, scene


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four pictures of class 0, two of them thrice, and six of class 1, one of them synthetic as well."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    lines = []
    for name, seed, label in [
        *((f"{n}_{copy}.jpg", n, 0) for n in range(4) for copy in range(3 if n < 2 else 1)),
        *((f"o{n}.jpg", 10 + n, 1) for n in range(6)),
        ("made.jpg", 10, 1),
    ]:
        Path(name).write_bytes(encode(scene(seed)))
        lines.append(f"{name} {label}\n")
    Path("l.txt").write_text("".join(lines))


def cells(plan: str) -> list[tuple[int, str, int, int]]:
    document = json.loads((Path(plan) / "plan.json").read_text())
    return [(cell["class"], cell["source"], cell["rows"], cell["quota"]) for cell in document["cells"]]


def test_a_class_is_as_large_as_its_distinct_images(cli: Cli) -> None:
    done = cli("balance", "l.txt", "--synthetic", "made*", "--count", "unique", "--out", "p")
    assert done.code == 0, done.err
    assert cells("p") == [(0, "real", 4, 4), (1, "real", 6, 6)]
    assert "left out 5 rows whose picture their class has already" in done.err


def test_every_row_counts_unless_asked(cli: Cli) -> None:
    cli("balance", "l.txt", "--synthetic", "made*", "--out", "p")
    assert cells("p") == [(0, "real", 8, 8), (1, "real", 6, 6), (1, "synthetic", 1, 1)]
    assert not Path("p/contents.parquet").exists()
    assert Plan.open("p").rows is not None


def test_another_word_is_refused(cli: Cli) -> None:
    done = cli("balance", "l.txt", "--count", "once", "--out", "p")
    assert (done.code, Path("p").exists()) == (2, False)
    assert "--count must be rows or unique; got 'once'" in done.err


def test_the_audit_names_copies_with_rows_and_distinct_images(cli: Cli) -> None:
    done = cli("audit", "l.txt", "--images")
    assert done.code == 0
    assert "W504 same-content: 5 rows" in done.out
    assert "0 in train: 8 rows, 4 distinct images; 1 in train: 7 rows, 6 distinct images" in done.out
    assert "W504" not in cli("audit", "l.txt").out
    assert cli("clean", "l.txt", "--drop", "W504", "-o", "c").code == 0
    assert "W504" not in cli("audit", "c", "--images").out


def test_the_content_digest_is_that_of_the_pictures_wherever_they_lie(cli: Cli) -> None:
    def digest(plan: str) -> str | None:
        found: str | None = json.loads((Path(plan) / "plan.json").read_text()).get("content_digest")
        return found

    cli("balance", "l.txt", "--count", "unique", "--out", "p")
    Path("moved").mkdir()
    lines = Path("l.txt").read_text().splitlines(keepends=True)
    for line in lines:
        name = line.split()[0]
        Path("moved", f"x{name}").write_bytes(Path(name).read_bytes())
    Path("moved/l.txt").write_text("".join(f"x{line}" for line in reversed(lines)))
    cli("balance", "moved/l.txt", "--count", "unique", "--out", "q")
    assert digest("p") == digest("q") is not None
    Path("moved/xo1.jpg").write_bytes(encode(scene(77)))
    cli("balance", "moved/l.txt", "--count", "unique", "--out", "r")
    assert digest("r") != digest("p")


def test_digests_that_lie_beside_a_data_set_go_into_its_plan(cli: Cli) -> None:
    cli("split", "l.txt", "--val", 0.3, "-o", "m1")
    cli("balance", "m1", "--out", "p")
    assert json.loads(Path("p/plan.json").read_text())["content_digest"]
    assert cli("diff", "p", "p").err == ""
