"""The line at the foot of a page."""

from __future__ import annotations

import time

import pytest

from datatool.report._footer import today


@pytest.mark.parametrize(("given", "expected"), [("0", "1970-01-01"), ("253402300799", "9999-12-31")])
def test_the_environment_settles_the_date(monkeypatch: pytest.MonkeyPatch, given: str, expected: str) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", given)
    assert today() == expected


@pytest.mark.parametrize("given", ["", "soon", "-1", "253402300800", "9" * 18, "9" * 5000])
def test_what_is_no_date_is_today(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", given)
    assert today() in {time.strftime("%Y-%m-%d", time.localtime(time.time() - second)) for second in (0, 5)}
