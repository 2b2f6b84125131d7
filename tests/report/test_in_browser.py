"""Every page in a real browser: no overflow, no small text, no complaint, nothing serious for a screen reader."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.helpers.browser import Browser, find_browser
from tests.helpers.pages import BY_CLASSES, OTHERS, SIZES, make_page

Made = Callable[[str, int], Path]
WIDTHS = (1280, 390)
LEAST = 11  # px
AXE = "axe-core@4.10.3"
_EVERY = [(kind, size) for kind in BY_CLASSES for size in SIZES] + [(kind, 3) for kind in OTHERS] + [("profile", 1)]
_CORNERS = {("audit", 2), ("plan", 10), ("run", 10), ("profile", 3), ("review", 3), ("advise", 3), ("calibration", 3)}

# Of each element with a text of its own that is shown: its size in px and the text; SVG is not scaled by any of our
# pages, so that the computed size is the size.
_SMALL = """
(() => {
  const small = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode, host = node.parentElement;
    if (!node.textContent.trim() || ['SCRIPT', 'STYLE', 'NOSCRIPT', 'TITLE', 'title'].includes(host.tagName)) continue;
    const matrix = host.getScreenCTM ? host.getScreenCTM().a : 1;
    const size = parseFloat(getComputedStyle(host).fontSize) * matrix;
    if (size < LEAST) small.push([size, node.textContent.trim().slice(0, 40)]);
  }
  return small;
})()
""".replace("LEAST", str(LEAST))

# What hangs over the page's right edge and is not inside something that scrolls.
_OVERHANG = """
[...document.querySelectorAll('body *')].filter((e) => {
  if (e.closest('.scroll, .vscroll, pre, .unseen')) return false;
  if (e.closest('svg') && !['svg', 'text'].includes(e.tagName)) return false;
  return e.getBoundingClientRect().right > document.documentElement.clientWidth + 1;
}).map((e) => e.tagName + ' ' + e.textContent.trim().slice(0, 40))
"""


_CASES = [
    pytest.param(kind, size, marks=[] if (kind, size) in _CORNERS else [pytest.mark.slow], id=f"{kind}-{size}")
    for kind, size in _EVERY
]


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One browser for all pages of this file."""
    program = find_browser()
    if program is None:
        pytest.skip("no Chromium on this machine")
    with Browser(program, tmp_path_factory.mktemp("browser")) as tab:
        yield tab


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Make a page, once."""
    pages: dict[tuple[str, int], Path] = {}

    def make(kind: str, size: int) -> Path:
        if (kind, size) not in pages:
            pages[kind, size] = make_page(kind, size, tmp_path_factory.mktemp(kind))
        return pages[kind, size]

    return make


@pytest.fixture(scope="module")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The script of axe-core, from the npm registry."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("no npm on this machine")
    home = tmp_path_factory.mktemp("axe")
    command = [npm, "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(home), AXE]
    try:
        done = subprocess.run(command, capture_output=True, timeout=120)
    except subprocess.TimeoutExpired:
        pytest.skip("the npm registry does not answer")
    file = home / "node_modules" / "axe-core" / "axe.min.js"
    if done.returncode or not file.is_file():
        pytest.skip(f"{AXE} cannot be had from the npm registry")
    return file.read_text("utf-8")


@pytest.mark.parametrize(("kind", "size"), _CASES)
def test_a_page_fits_every_width_in_both_schemes(kind: str, size: int, made: Made, browser: Browser) -> None:
    page = made(kind, size)
    browser.complaints.clear()
    browser.requests.clear()
    for width in WIDTHS:
        for dark in (False, True):
            browser.open(page, width=width, dark=dark)
            assert browser.run("document.scrollingElement.scrollWidth <= window.innerWidth")
            assert [] == browser.run(_OVERHANG)
            assert [] == browser.run(_SMALL)
    assert browser.complaints == []
    assert {url for url in browser.requests if not url.startswith("data:")} == {page.as_uri()}


@pytest.mark.parametrize(("kind", "size"), _CASES)
def test_axe_finds_nothing_serious(kind: str, size: int, made: Made, browser: Browser, axe: str) -> None:
    page = made(kind, size)
    for dark in (False, True):
        browser.open(page, width=WIDTHS[1], dark=dark)
        browser.run(f"(() => {{ {axe} }})(); typeof axe")
        found = browser.run(
            "axe.run(document, {resultTypes: ['violations']}).then((r) => r.violations"
            ".filter((v) => ['serious', 'critical'].includes(v.impact))"
            ".map((v) => [v.id, v.help, v.nodes.length, v.nodes[0].html.slice(0, 200)]))"
        )
        assert [] == found


def test_a_fix_is_copied_by_keyboard(made: Made, browser: Browser) -> None:
    """Where the browser does not lend its clipboard the command is selected instead."""
    browser.open(made("audit", 2))
    browser.run("document.querySelector('[data-copy]').focus()")
    browser.run("document.activeElement.click()")
    browser.wait_for("['copied', 'selected'].includes(document.querySelector('[data-copy]').textContent)")
    said = "document.querySelector('.command code').textContent"
    assert browser.run(said).startswith("datatool clean ")


def test_a_table_can_be_scrolled_and_sorted_by_keyboard(made: Made, browser: Browser) -> None:
    browser.open(made("run", 10))
    browser.run("document.querySelectorAll('details').forEach((e) => { e.open = true; })")
    reached = browser.run(
        "[...document.querySelectorAll('.vscroll, .scroll, .vscroll th button, .vbar input, summary')]"
        ".filter((e) => { e.focus(); return document.activeElement !== e; }).length"
    )
    assert reached == 0
