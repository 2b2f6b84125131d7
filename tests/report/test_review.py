"""The review page in a real browser, from opening it to an applied decision file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from datatool.audit.images import byte_hash
from datatool.report import thumbnail
from datatool.schemas import DecisionsDocument, LabelErrors, SuspectClass, SuspectsDocument
from datatool.suspects import review_html
from tests.helpers.browser import Browser
from tests.helpers.pictures import encode, pixels
from tests.helpers.program import Cli

NUM = 5_000
NASTY = "</script><b>\u2028\"'"


def document() -> SuspectsDocument:
    return SuspectsDocument(
        rows=NUM,
        backbone="paddle.vision:resnet18",
        label_errors=LabelErrors(estimate=3, upper=9),
        counts={"I801": 3, "I802": 0, "I803": 1, "I804": 0},
        classes=[SuspectClass.model_validate({"class": 0, "name": "cat", "rows": NUM, "suspects": 3})],
        notes=["1 classes under 5 rows are not judged"],
    )


def item(number: int, digest: str | None, thumb: str | None, **more: Any) -> dict[str, Any]:
    return {
        "digest": digest, "thumb": thumb, "path": f"{number}{NASTY}.png", "file": "train.txt", "line": number + 1,
        "class": 0, "kind": "label", "code": "I801", "score": 1.5, "suggested": 1, "rows": NUM, "source": "real",
        "other": None, "otherClass": None, "otherThumb": None, "mirrored": False, **more,
    }  # fmt: skip


@pytest.fixture
def listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, list[dict[str, Any]]]:
    """A list of four pictures, and 5,000 suspects of which they are the first."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    items = []
    for number in range(4):
        data = encode(pixels(number, width=64, height=64), ".png")
        (tmp_path / f"{number}.png").write_bytes(data)
        items.append(item(number, byte_hash(data), thumbnail(data)))
    (tmp_path / "4.png").write_bytes(encode(pixels(4, width=64, height=64), ".png"))
    (tmp_path / "train.txt").write_text("0.png 0\n1.png 0\n2.png 0\n3.png 1\n4.png 1\n")
    items[3] |= {"kind": "near-duplicate", "code": "I803", "class": 1, "suggested": None, "other": "0.png"}
    items[3] |= {"otherClass": 0, "otherThumb": items[0]["thumb"], "mirrored": True}
    thumb = items[0]["thumb"]
    items += [item(number, f"{number:032x}", thumb if number % 2 else None) for number in range(4, NUM)]
    return tmp_path / "train.txt", items


def press(browser: Browser, *keys: str) -> None:
    for key in keys:
        browser.run(f"document.body.dispatchEvent(new KeyboardEvent('keydown', {{key: '{key}', bubbles: true}}))")


@pytest.mark.slow
def test_5_000_suspects_are_decided_by_keyboard_and_the_decisions_are_applied(
    browser: Browser, listed: tuple[Path, list[dict[str, Any]]], cli: Cli
) -> None:
    list_file, items = listed
    home = list_file.parent
    page = home / "review.html"
    page.write_text(review_html(items, classes={0: f"cat{NASTY}", 1: "dog"}, document=document()), "utf-8")
    browser.open(page)
    said = "document.getElementById('progress').textContent"
    assert browser.run(said) == "1 of 5,000, 0 decided"
    assert len(browser.run("[...document.querySelectorAll('.strip button')].map(b => b.title)")) == 48
    press(browser, "d", "R", "k", "d", "u", "d")
    assert browser.run(said) == "5 of 5,000, 4 decided"
    press(browser, "PageDown", "ArrowRight")
    assert browser.run(said) == "54 of 5,000, 4 decided"
    made = browser.run("window.reviewDecisions()")
    assert [one["action"] for one in made["decisions"]] == ["drop", "relabel", "keep", "drop"]
    assert made["decisions"][1]["new_class"] == 1
    DecisionsDocument.parse(made)

    browser.run(
        "window.saved = []; URL.createObjectURL = (b) => { b.text().then((t) => window.saved.push(t)); return '#'; }"
    )
    press(browser, "s")
    browser.wait_for("window.saved.length === 1")
    (home / "decisions.json").write_text(browser.run("window.saved[0]"), "utf-8")
    assert json.loads(browser.run("window.saved[0]")) == made
    browser.run("(() => { const s = document.querySelector('select'); s.value = 'near-duplicate'; s.onchange(); })()")
    assert browser.run(said) == "1 of 1, 4 decided"
    assert "mirror image of 0.png" in browser.run("document.querySelector('.one').textContent")
    assert not browser.complaints
    assert [url for url in browser.requests if not url.startswith(("file:", "data:", "blob:"))] == []

    done = cli("clean", list_file, "--decisions", home / "decisions.json", "-o", home / "cleaned", "--json")
    assert done.code == 0, done.err
    assert (home / "cleaned" / "train.txt").read_text() == "1.png 0\n2.png 0\n4.png 1\n"
    cleaned = home / "cleaned" / "dataset.yaml"
    done = cli("relabel", cleaned, "--decisions", home / "decisions.json", "-o", home / "mended")
    assert done.code == 0, done.err
    assert (home / "mended" / "train.txt").read_text() == "1.png 1\n2.png 0\n4.png 1\n"


def test_a_page_without_suspects_says_so(browser: Browser, tmp_path: Path) -> None:
    (tmp_path / "review.html").write_text(review_html([], classes={0: "cat"}, document=document()), "utf-8")
    browser.open(tmp_path / "review.html")
    assert browser.run("document.querySelector('.one').textContent") == "Nothing to review."
    press(browser, "d", "u", "s")
    assert not browser.complaints
