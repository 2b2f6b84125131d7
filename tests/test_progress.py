"""Progress bars: on a terminal only, and only where they tell something."""

from __future__ import annotations

import pytest

from datatool.progress import progress, show_bars


@pytest.mark.parametrize(("total", "shown", "drawn"), [(3, True, True), (0, True, False), (3, False, False)])
def test_a_bar_is_drawn_where_it_tells_something(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], total: int, shown: bool, drawn: bool
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")  # what makes rich take any stream for a terminal
    show_bars(shown)
    with progress("reading", total=total, unit="images") as advance:
        advance(total)
    show_bars(True)
    assert drawn == bool(capsys.readouterr().err)
