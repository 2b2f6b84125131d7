"""The base page and what is embedded in it."""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path

import pytest

from datatool.report import Column, data_table, embed_json, page
from datatool.report import _page as module
from tests.helpers.browser import Browser

NASTY = "</script><script>document.title='owned'</script><!--\u2028 \"&'"


@pytest.fixture
def write_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    """Write a page whose content is given as a template's text."""

    def write(content: str, **context: object) -> Path:
        source = (
            '{% extends "base.html" %}{% import "macros.html" as m %}{% block content %}' + content + "{% endblock %}"
        )
        template = module._environment().from_string(source)
        monkeypatch.setattr(module, "_environment", type("Fake", (), {"get_template": lambda *_: template}))
        file = tmp_path / "page.html"
        file.write_text(page("any.html", title=NASTY, subtitle=NASTY, context=context), "utf-8")
        return file

    return write


def test_embedded_json_cannot_end_its_script_and_reads_back_equal() -> None:
    text = str(embed_json([NASTY]))
    assert not set("<>&\u2028\u2029") & set(text)
    assert json.loads(text) == [NASTY]


def test_text_from_the_data_is_escaped_everywhere(write_page) -> None:  # type: ignore[no-untyped-def]
    html = write_page("{{ m.tile(x, x, x) }}", x=NASTY).read_text("utf-8")
    assert "<script>document.title" not in html


def test_a_page_asks_for_nothing_outside_itself(write_page) -> None:  # type: ignore[no-untyped-def]
    html = write_page("").read_text("utf-8")
    assert not re.findall(r"""(?:src|href)\s*=\s*["'](?!data:)""", html)
    assert "default-src 'none'" in unescape(html)


def test_columns_of_different_length_are_refused() -> None:
    with pytest.raises(AssertionError, match="differ"):
        data_table("t", [Column(label="a", values=[1]), Column(label="b", values=[])], caption="rows")


@pytest.mark.slow
def test_a_table_of_100_000_rows_sorts_and_searches_in_a_browser(write_page, browser: Browser) -> None:  # type: ignore[no-untyped-def]
    num = 100_000
    columns = [
        Column(label="id", values=list(range(num)), grouped=False),
        Column(label="name", values=[f"{NASTY} {row}" for row in range(num)]),
        Column(label="images", values=[None if row == 5 else row * 7919 % 1000 for row in range(num)]),
    ]
    file = write_page("{{ table }}", table=data_table("classes", columns, caption="classes"))
    assert file.stat().st_size < 700_000
    browser.open(file)
    cells = (
        "[...document.querySelectorAll('.vtable tbody tr:not(.space)')].slice(0, 2).map(r => r.cells[{}].textContent)"
    )
    heads = "document.querySelectorAll('.vtable th button')[{}].click()"
    assert browser.run(cells.format(0)) == ["0", "1"]
    browser.run(heads.format(2))
    assert browser.run(cells.format(2)) == ["999", "999"]
    browser.run(heads.format(2))
    assert browser.run(cells.format(2)) == ["0", "0"]
    assert browser.run("document.querySelectorAll('.vtable th')[2].getAttribute('aria-sort')") == "ascending"
    browser.run(heads.format(1))
    assert browser.run(cells.format(0)) == ["0", "1"]
    browser.run(
        "{ const box = document.querySelector('.vtable input'); box.value = ' 99999';"
        " box.dispatchEvent(new Event('input')); }"
    )
    assert browser.run("document.querySelector('.vcount').textContent") == "1 of 100,000"
    assert browser.run(cells.format(1)) == [f"{NASTY} 99999"]
    assert browser.run("document.querySelectorAll('.vtable tr').length") < 100
    assert browser.run("document.title") == NASTY
    assert browser.complaints == []
    assert browser.requests == [file.as_uri()]


def test_scrolling_draws_the_rows_in_view(write_page, browser: Browser) -> None:  # type: ignore[no-untyped-def]
    table = data_table("t", [Column(label="id", values=list(range(5000)), grouped=False)], caption="rows")
    browser.open(write_page("{{ table }}", table=table))
    browser.run("document.querySelector('.vscroll').scrollTop = 1e9")
    browser.wait_for("document.querySelector('.vtable tbody').innerText.includes('4999')")
    assert browser.complaints == []


def _ids(num: int) -> Column:
    return Column(label="id", values=list(range(0, 3 * num, 3)), grouped=False)


_ROWS = "[...document.querySelectorAll('[data-table={}] tbody tr:not(.space)')].slice(0, 2).map(r => r.innerText)"


@pytest.mark.parametrize("num", [5, 40_000])
def test_a_table_takes_names_from_another_one(num: int, write_page, browser: Browser) -> None:  # type: ignore[no-untyped-def]
    """Whether both are packed or neither; an id that the other has not is left without a name."""
    named = [_ids(num), Column(label="name", values=[f"cat {row}" for row in range(num)])]
    losses = [
        Column(label="class", values=[1, *range(3 * num - 3, 3, -3)], grouped=False),
        Column(label="name", names_of="classes"),
        Column(label="loss", values=[0.5, *[None] * (num - 2)], digits=2),
    ]
    assert len(losses[0].values) == len(losses[2].values)
    tables = data_table("cells", losses, caption="cells") + data_table("classes", named, caption="classes")
    browser.open(write_page("{{ tables }}", tables=tables))
    assert browser.run(_ROWS.format("cells")) == ["1\t\t0.50", f"{3 * num - 3}\tcat {num - 1}\t–"]
    assert browser.run(_ROWS.format("classes")) == ["0\tcat 0", "3\tcat 1"]
    assert browser.complaints == []


def test_a_browser_that_cannot_unpack_a_table_is_told_where_the_figures_are(write_page, browser: Browser) -> None:  # type: ignore[no-untyped-def]
    table = data_table("t", [_ids(40_000)], caption="rows", also="eval.json")
    browser.before_pages("delete window.DecompressionStream")
    browser.open(write_page("{{ table }}", table=table))
    assert browser.run("document.querySelector('.vtable').textContent").endswith("eval.json holds the same figures.")
    assert browser.complaints == []
