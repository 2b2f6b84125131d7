"""Sources that decide what rows count as: real and synthetic, in any case, and by patterns that match something."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Write = Callable[[str, str], Path]
Read = Callable[..., list[tuple[Any, ...]]]


def test_real_and_synthetic_in_capitals_are_what_they_say_and_it_is_said(
    write: Write, read: Read, caplog: pytest.LogCaptureFixture
) -> None:
    path = write("a.csv", "path,label,source\na.jpg,0,Synthetic\nb.jpg,0, REAL \nc.jpg,0,Scraped\nd.jpg,0,\n")
    assert [row[2] for row in read(path)] == ["synthetic", "real", "Scraped", "real"]
    write("b.txt", "a.jpg 0\n")
    dataset = write("dataset.yaml", "val: [{list: b.txt, source: SYNTHETIC}]\n")
    with caplog.at_level(logging.WARNING):
        assert [row[2] for row in read(dataset)] == ["synthetic"]
    assert "the source 'SYNTHETIC' is read as 'synthetic'" in caplog.text


def test_a_pattern_that_matches_nothing_is_said_and_no_other(
    write: Write, read: Read, caplog: pytest.LogCaptureFixture
) -> None:
    path = write("a.txt", "real/a.jpg 0\nsynth/b.jpg 0\n")
    with caplog.at_level(logging.WARNING):
        assert [row[2] for row in read(path, synthetic=["synth/*", "fake/*"])] == ["real", "synthetic"]
    assert [record.getMessage() for record in caplog.records] == [
        "--synthetic 'fake/*' matches no path as the lists have it: it makes no row synthetic"
    ]
