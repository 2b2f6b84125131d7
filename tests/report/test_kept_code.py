"""Compiled templates are kept where that is safe, and pages are the same with and without them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from datatool.report import _page as module
from datatool.report import page


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of compiled templates."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    yield tmp_path / "datatool" / "templates"
    module._environment.cache_clear()


def _page() -> str:
    module._environment.cache_clear()
    context = {"table": "<t>", "chosen": "a", "curves": [("<p>", "")], "rule": "r"}
    return page("profile.html", title="<T>", context=context)


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> str:
    """A page of templates that are compiled for it."""
    with monkeypatch.context() as patch:
        patch.setattr(module, "kept_code", lambda: None)
        return _page()


def test_a_template_is_compiled_once(plain: str, kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import jinja2

    assert _page() == plain
    assert len(list(kept.iterdir())) > 1
    monkeypatch.setattr(jinja2.Environment, "_generate", lambda *_, **__: pytest.fail("compiled again"))
    assert _page() == plain


@pytest.mark.parametrize("damage", [b"", b"j2", b"nothing that jinja2 wrote", None])
def test_damaged_files_are_made_anew(plain: str, kept: Path, damage: bytes | None) -> None:
    """None cuts them short behind what says what they are."""
    _page()
    for file in kept.iterdir():
        file.write_bytes(file.read_bytes()[:60] if damage is None else damage)
    assert _page() == plain
    assert min(file.stat().st_size for file in kept.iterdir()) > 60


@pytest.mark.parametrize("mode", [0o777, 0o720])
def test_a_folder_that_others_write_to_is_left_alone(plain: str, kept: Path, mode: int) -> None:
    kept.mkdir(parents=True)
    kept.chmod(mode)
    assert _page() == plain
    assert list(kept.iterdir()) == []


def test_a_cache_that_cannot_be_written_changes_nothing(plain: str, kept: Path) -> None:
    kept.parent.mkdir(parents=True)
    kept.write_text("a file")
    assert _page() == plain


def test_a_full_disk_changes_nothing(plain: str, kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import jinja2

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(jinja2.FileSystemBytecodeCache, "dump_bytecode", full)
    assert _page() == plain
    assert list(kept.iterdir()) == []


def test_who_has_no_home_gets_a_page_all_the_same(plain: str, kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr(Path, "home", lambda: (_ for _ in ()).throw(RuntimeError("no home")))
    assert _page() == plain
    assert not kept.exists()
