"""Features that a cluster's workers compute are those that are computed here, and are kept like them."""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from datatool.errors import ConfigError
from datatool.features import _list
from datatool.probe import Probe, open_probe, probe_rows, settle_backbone
from datatool.probe._backbone import BackboneOptions
from datatool.probe._spread import _BUILT
from datatool.rows import open_rows, resolve
from tests.helpers.frozen import frozen_recipe


class Workers:
    """Runs a task as another process would: on a pickled copy."""

    def __init__(self) -> None:
        self.chunks: list[int] = []

    def map(self, task: Any, chunks: Iterable[Any], /) -> Iterator[Any]:
        for chunk in chunks:
            self.chunks.append(len(chunk))
            yield pickle.loads(pickle.dumps(task))(pickle.loads(pickle.dumps(chunk)))


def probed(home: Path, *, kept: str, engine: str | None = None, listed: str = "train.txt") -> Probe:
    backbone = settle_backbone(BackboneOptions(recipe=frozen_recipe(home)))
    with open_rows(resolve(str(home / listed))) as rows:
        found = probe_rows(rows)
    with open_probe(found, backbone, home=home / kept, engine=engine) as probe:
        assert probe.mirrored.shape == probe.features.shape
        return probe


def test_features_of_a_cluster_are_those_of_this_process(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mirror images too; what is kept is read here afterwards."""
    workers = Workers()
    monkeypatch.setattr(_list, "_PIECE", 10)
    monkeypatch.setattr("datatool.probe._probe.open_engine", lambda _: workers)
    (home / "own.txt").write_text((home / "train.txt").read_text() + "pictures/gone.jpg 1\n")
    there = probed(home, kept="there", engine="ray", listed="own.txt")
    assert workers.chunks == [10, 10, 10, 7, 10, 10, 10, 6], "mirror images are asked of what can be read"
    here = probed(home, kept="here", listed="own.txt")
    np.testing.assert_allclose(there.features, here.features, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(there.mirrored, here.mirrored, rtol=1e-5, atol=1e-6)
    assert there.unreadable.path.tolist() == ["pictures/gone.jpg"]
    np.testing.assert_array_equal(probed(home, kept="there", listed="own.txt").features, there.features)
    assert len(workers.chunks) == 8


def test_a_worker_with_other_weights_is_refused(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Others(Workers):
        def map(self, task: Any, chunks: Iterable[Any], /) -> Iterator[Any]:
            file = home / "paddle.safetensors"
            save_file({name: weight + 1 for name, weight in load_file(file).items()}, file)
            _BUILT.clear()
            return super().map(task, chunks)

    monkeypatch.setattr("datatool.probe._probe.open_engine", lambda _: Others())
    with pytest.raises(ConfigError, match="nodes of a cluster must have the same backbone"):
        probed(home, kept="there", engine="ray")


def test_an_engine_that_is_none_is_refused(home: Path) -> None:
    with pytest.raises(ConfigError, match="--engine must be threads, ray"):
        probed(home, kept="there", engine="spark")
