"""The report of an audit: complete, self-contained, harmless, and alive in a real browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datatool.audit import AuditOptions, audit
from datatool.audit._report import gini
from datatool.rows import open_rows, resolve
from tests.helpers.browser import Browser, find_browser
from tests.helpers.scenes import encode, scene

NASTY = "<script>document.title='owned'</script>"


def write_report(folder: Path, *, images: bool = True, synthetic: tuple[str, ...] = ()) -> Path:
    splits = {"val": str(folder / "val.txt")} if (folder / "val.txt").exists() else {}
    names = folder / "names.txt"
    dataset = resolve(
        str(folder / "train.txt"), splits=splits, names=names if names.exists() else None, synthetic=synthetic
    )
    with open_rows(dataset) as rows:
        audit(rows, options=AuditOptions(images=images, image_cache=None), out=folder / "audit")
    return folder / "audit" / "report.html"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three classes with gaps, a leak, a conflict, a near duplicate, damage, and markup wherever text may stand."""
    for number in range(12):
        (tmp_path / f"{number}.jpg").write_bytes(encode(scene(number)))
    (tmp_path / "copy.jpg").write_bytes(encode(scene(1)))
    (tmp_path / "other.jpg").write_bytes(encode(scene(2)))
    (tmp_path / "again.jpg").write_bytes(encode(scene(3), quality=60))
    (tmp_path / "torn.jpg").write_bytes(encode(scene(4), quality=95)[:-200])
    (tmp_path / "page.jpg").write_bytes(b"<html>")
    (tmp_path / "train.txt").write_text(
        "".join(f"{number}.jpg {number % 3 * 5}\n" for number in range(11))
        + f"other.jpg 5\ntorn.jpg 0\npage.jpg 0\n{NASTY}.jpg 0\nbroken-line {NASTY}\n"
    )
    (tmp_path / "val.txt").write_text("11.jpg 0\ncopy.jpg 5\nagain.jpg 0\n")
    (tmp_path / "names.txt").write_text(f"0 {NASTY}\n5 </script>\n10 plain\n")
    return tmp_path


@pytest.fixture
def browser(tmp_path_factory: pytest.TempPathFactory):  # type: ignore[no-untyped-def]
    """Headless Chromium with an empty profile."""
    program = find_browser()
    if program is None:
        pytest.skip("no Chromium on this machine")
    with Browser(program, tmp_path_factory.mktemp("browser")) as tab:
        yield tab


@pytest.mark.parametrize("dark", [False, True])
def test_in_a_browser_the_report_is_whole_sorts_and_shows_its_pictures(
    folder: Path, browser: Browser, dark: bool
) -> None:
    file = write_report(folder)
    browser.open(file, dark=dark)
    assert browser.run("document.title").startswith("Audit of train.txt")
    browser.run("[...document.images].forEach(i => { i.loading = 'eager'; })")
    browser.wait_for("[...document.images].every(i => i.complete && i.naturalWidth > 0)")
    assert browser.run("document.querySelectorAll('#pictures img').length") == 7
    assert browser.run("document.querySelectorAll('#pictures .blank').length") == 1
    assert browser.run("document.querySelectorAll('#samples h3').length") == 3
    ids = "[...document.querySelectorAll('.vtable tbody tr:not(.space)')].map(r => r.cells[0].textContent)"
    assert browser.run(ids) == ["0", "5", "10"]
    browser.run("document.querySelectorAll('.vtable th button')[0].click()")
    browser.run("document.querySelectorAll('.vtable th button')[0].click()")
    assert browser.run(ids) == ["10", "5", "0"]
    assert browser.run("document.querySelectorAll('table.bars').length") == 1
    assert browser.run("document.querySelectorAll('.plot').length") == 1
    assert browser.run("document.querySelectorAll('svg.chart[role=img]').length") == 1
    assert browser.complaints == []
    assert [url for url in browser.requests if not url.startswith("data:")] == [file.as_uri()]


def test_findings_stand_first_and_every_code_is_there(folder: Path) -> None:
    html = write_report(folder).read_text("utf-8")
    assert html.index('id="findings"') < html.index('id="pictures"') < html.index('id="histogram"')
    for code in ("E102", "E401", "E402", "W403", "E501", "E504", "W503", "W202"):
        assert f"{code} " in html
    assert NASTY not in html


def test_the_same_audit_gives_the_same_page(folder: Path) -> None:
    assert write_report(folder).read_text("utf-8") == write_report(folder).read_text("utf-8")


def test_without_images_there_are_no_pictures_and_no_files_are_opened(folder: Path) -> None:
    html = write_report(folder, images=False).read_text("utf-8")
    assert 'id="pictures"' not in html
    assert 'id="images"' not in html


def test_an_audit_without_a_usable_row_still_has_a_report(tmp_path: Path) -> None:
    (tmp_path / "train.txt").write_text("nothing here\n")
    assert "E105" in write_report(tmp_path, images=False).read_text("utf-8")


@pytest.mark.slow
def test_a_hundred_thousand_classes_stay_usable(tmp_path: Path, browser: Browser) -> None:
    (tmp_path / "train.txt").write_text("".join(f"{n}.jpg {n % 100_000 * 2}\n" for n in range(130_000)))
    file = write_report(tmp_path, images=False)
    assert file.stat().st_size < 8_000_000
    browser.open(file)
    assert browser.run("document.querySelector('.vcount').textContent") == "100,000 of 100,000"
    browser.run("document.querySelectorAll('.vtable th button')[1].click()")
    first = "document.querySelector('.vtable tbody tr:not(.space)').cells[{}].textContent"
    assert (browser.run(first.format(0)), browser.run(first.format(1))) == ("0", "2")
    assert browser.run("document.querySelectorAll('*').length") < 5_000
    assert browser.complaints == []


@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=30))
def test_gini_is_zero_for_equal_classes_and_below_one(sizes: list[int]) -> None:
    assert 0 <= gini(sizes) < 1
    assert gini([sizes[0]] * len(sizes)) == pytest.approx(0, abs=1e-6)
