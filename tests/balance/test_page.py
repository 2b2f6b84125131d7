"""`plan.html`: bars or a curve, advice, both ends of a moving plan, and a command line that makes the plan again."""

from __future__ import annotations

import json
import re
import shlex
from html import unescape
from pathlib import Path

import pytest

from datatool.schemas import Plan
from tests.helpers.program import Cli


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    sizes = {0: 60, 1: 12, 2: 5}
    lines = [f"{label}_{n}.jpg {label}" for label, size in sizes.items() for n in range(size)]
    (tmp_path / "l.txt").write_text("\n".join(lines) + "\n")
    return tmp_path


def table(page: str, name: str) -> dict[str, list[object]]:
    found = re.search(rf'id="table-{name}">(.*?)</script>', page)
    assert found is not None
    return {column["label"]: column["values"] for column in json.loads(found[1])}


def test_a_moving_plan_shows_its_first_and_its_last_epoch(here: Path, cli: Cli) -> None:
    assert cli("balance", "l.txt", "--strategy", "progressive:4", "-o", "p.plan").code == 0
    page = (here / "p.plan" / "plan.html").read_text()
    plan = Plan.open(here / "p.plan")
    assert table(page, "cells")["draws"] == plan.quotas(0).tolist()
    assert table(page, "cells")["draws, epoch 3"] == plan.quotas(3).tolist()
    assert plan.quotas(0).tolist() != plan.quotas(3).tolist()
    assert "draws in epoch 3" in page
    assert "until epoch 3" in page


@pytest.mark.parametrize(("num_classes", "bars"), [(40, True), (41, False)])
def test_beyond_40_classes_a_curve_takes_the_place_of_bars(here: Path, cli: Cli, num_classes: int, bars: bool) -> None:
    (here / "many.txt").write_text("".join(f"{n}.jpg {n % num_classes}\n" for n in range(3 * num_classes)))
    cli("balance", "many.txt", "--strategy", "sqrt", "-o", "p.plan")
    page = (here / "p.plan" / "plan.html").read_text()
    classes = page[page.index("<h2>Classes</h2>") : page.index("<h2>Sources</h2>")]
    assert (bars, not bars) == ('<table class="bars">' in classes, 'class="plot"' in classes)


def test_advice_is_a_table_with_its_options(here: Path, cli: Cli) -> None:
    cli("balance", "l.txt", "--strategy", "oversample", "-o", "p.plan")
    page = (here / "p.plan" / "plan.html").read_text()
    advice = page[page.index("<h2>Advice</h2>") : page.index("<h2>Classes</h2>")]
    assert '<th scope="col">options</th>' in advice
    assert "<code>--max-repeat 10" in advice


@pytest.mark.parametrize(
    "options",
    [
        ("--strategy", "power:0.3", "--max-repeat", "7", "--weights", "inverse", "--seed", "3"),
        ("--strategy", "oversample", "--target", "median", "--share", "0=0.5", "--share", "1=0.25"),
        ("--strategy", "power:0", "--per-batch", "2:4", "--weight", "1=2", "--epoch-size", "80"),
        ("--strategy", "sqrt", "--synthetic", "2_*", "--synthetic-cap", "0.5", "--accept", "W601", "--skip-faulty"),
        ("--strategy", "cells:shares.csv"),
    ],
)
def test_the_command_in_the_footer_makes_the_same_plan(here: Path, cli: Cli, options: tuple[str, ...]) -> None:
    (here / "shares.csv").write_text("class,source,share\n0,real,0.2\n1,real,0.3\n2,real,0.5\n")
    made = cli("balance", "l.txt", *options, "-o", "one.plan")
    assert made.code == 0, made.err
    page = (here / "one.plan" / "plan.html").read_text()
    footer = page[page.index("<footer>") :]
    line = unescape(footer[footer.index("<code>") + 6 : footer.index("</code>")])
    again = cli(*shlex.split(line)[1:], "-o", "two.plan")
    assert again.code == 0, again.err
    assert Plan.open(here / "one.plan").fingerprint == Plan.open(here / "two.plan").fingerprint
