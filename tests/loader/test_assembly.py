"""The loader over an engine without files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from datatool.errors import LoaderError
from datatool.loader import BalancedLoader
from datatool.pipelines import ENGINES
from datatool.pipelines._fake import FakeEngine
from tests.helpers.written_plans import field, pixels

Open = Callable[..., BalancedLoader]


@pytest.fixture(autouse=True)
def _fake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ENGINES, "fake", "datatool.pipelines._fake:FakeEngine")


def test_every_picture_belongs_to_its_row(plan: Path, open_loader: Open) -> None:
    batches = list(open_loader(plan, engine="fake").epoch(0))
    assert pixels(batches)[:, 0, 0, 0].tolist() == field(batches, "rows")


def test_substitutes_show_their_own_row(plan: Path, open_loader: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures 1 and 2 of class 2 are broken, so that all of its draws show picture 0."""

    class Broken(FakeEngine):
        def __init__(self, spec: object) -> None:
            super().__init__(spec, broken=lambda path: path.endswith(("2/1.jpg", "2/2.jpg")))  # type: ignore[arg-type]

    monkeypatch.setattr("datatool.pipelines._fake.FakeEngine", Broken)
    loader = open_loader(plan, engine="fake")
    batches = list(loader.epoch(0))
    shown = np.array(field(batches, "rows"))[np.array(field(batches, "labels")) == 2]
    assert set(shown.tolist()) == {17}
    assert pixels(batches)[:, 0, 0, 0].tolist() == field(batches, "rows")
    assert sorted(entry.row for entry in loader.errors) == [18, 19]


def test_an_engine_that_fails_is_not_hidden(plan: Path, open_loader: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    class Failing(FakeEngine):
        def _result(self, request: object) -> object:  # type: ignore[override]
            raise LoaderError("the engine is gone")

    monkeypatch.setattr("datatool.pipelines._fake.FakeEngine", Failing)
    with pytest.raises(LoaderError, match="the engine is gone"):
        next(open_loader(plan, engine="fake").epoch(0))


def test_closing_the_loader_closes_its_engine(plan: Path, open_loader: Open) -> None:
    loader = open_loader(plan, engine="fake")
    engine = loader._assembly.engine
    loader.close()
    assert isinstance(engine, FakeEngine)
    assert engine.closed
