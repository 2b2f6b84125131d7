"""What an audit's page shows of a healthy set, and the one command that mends a sick one."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.program import REPOSITORY, Cli
from tests.helpers.scenes import encode, scene


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a space in its name, whose list has faults of lines, labels, ids and pictures."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = tmp_path / "my data"
    folder.mkdir()
    monkeypatch.chdir(folder)
    for number in range(10):
        (folder / f"{number}.jpg").write_bytes(encode(scene(number)))
    (folder / "broken.jpg").write_bytes(b"<html>")
    (folder / "same.jpg").write_bytes((folder / "4.jpg").read_bytes())
    lines = [f"{number}.jpg {number % 2 * 3}" for number in range(10)]
    faults = ["no-label", "0.jpg 0", "1.jpg 0", "broken.jpg 3", "gone.jpg 0", "same.jpg 3"]
    (folder / "a list.txt").write_text("\n".join([*lines, *faults]) + "\n")
    return folder


def codes(cli: Cli, *arguments: object) -> set[str]:
    """Codes of errors and warnings that an audit finds."""
    found = json.loads(cli("audit", *arguments, "--json").out)["findings"]
    return {one["code"] for one in found if one["severity"] != "info"}


def test_one_command_mends_all_that_commands_mend(here: Path, cli: Cli) -> None:
    from datatool.audit import AuditOptions, audit_rows
    from datatool.audit._mend import combined_mend
    from datatool.rows import open_rows, resolve

    before = codes(cli, "a list.txt", "--images")
    with open_rows(resolve("a list.txt")) as rows:
        audited = audit_rows(rows, options=AuditOptions(images=True, image_cache=None))
        mend = combined_mend(audited.context, audited.document.findings)
        page = audited.page()
    assert mend is not None
    assert {"E301", "E401", "E402", "E504", "W202", "W302"} <= set(mend.codes)
    assert page.count("data-copy") >= 1
    script = mend.command.replace("datatool ", f"{sys.executable} -m datatool ")
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=here,
        env={"PYTHONPATH": str(REPOSITORY), "PATH": "/usr/bin:/bin"},
        capture_output=True,
    )
    assert done.returncode == 0, done.stderr.decode()
    after = codes(cli, "relabelled/dataset.yaml", "--images")
    assert set(mend.codes) & after == set()
    assert after < before


def test_a_healthy_set_shows_its_classes_and_asks_for_no_mending(here: Path, cli: Cli) -> None:
    (here / "good.txt").write_text("".join(f"{number}.jpg {number % 2}\n" for number in range(10)))
    cli("audit", "good.txt", "--images", "--out", "audit")
    page = (here / "audit" / "report.html").read_text()
    shown = page[page.index('id="samples"') :]
    assert shown[: shown.index("</section>")].count("<img loading") == 8
    assert 'class="command"' not in page
    cli("audit", "good.txt", "--out", "plain")
    assert 'id="samples"' not in (here / "plain" / "report.html").read_text()


def test_labels_that_are_words_are_mapped_before_anything_is_left_out(here: Path, cli: Cli) -> None:
    (here / "words.txt").write_text("".join(f"{number}.jpg {'cat' if number % 2 else 'dog'}\n" for number in range(10)))
    cli("audit", "words.txt", "--out", "audit")
    page = (here / "audit" / "report.html").read_text()
    command = page[page.index('class="command"') :]
    assert "relabel" in command[: command.index("</div>")]
    assert "clean" not in command[: command.index("</div>")]


@pytest.mark.parametrize("num_classes", [40, 41, 1_000])
def test_the_largest_class_is_drawn_as_large_as_it_is(here: Path, cli: Cli, num_classes: int) -> None:
    """Bars up to 40 classes; of more a curve whose axis holds the largest class, on a linear scale."""
    lines = [f"{number}.jpg {number}\n" for number in range(num_classes)] + [f"big{n}.jpg 0\n" for n in range(3_999)]
    (here / "long.txt").write_text("".join(lines))
    cli("audit", "long.txt", "--out", "audit")
    page = (here / "audit" / "report.html").read_text()
    section = page[page.index('id="histogram"') :]
    section = section[: section.index("</section>")]
    if num_classes <= 40:
        assert '<table class="bars">' in section
        assert 'width="100%" height="12" rx="2"' in section
        assert ">4,000</td>" in section
    else:
        assert section.count('class="plot"') == 2
        points = section[section.index('points="') + 8 :]
        x, y = points[: points.index(" ")].split(",")
        assert (float(x), float(y)) == (0.0, 8.0)  # the top of the axis, which ends at 4k
        assert ">4k</text>" in section
