"""Threads and Ray behind one method."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from datatool.audit.images._engines import RayEngine, ThreadEngine, open_engine
from datatool.schemas import ConfigError, MissingDependencyError

TWO = ThreadEngine(num_threads=2)


def test_threads_keep_the_order_and_hand_on_the_first_error() -> None:
    assert list(TWO.map(lambda n: n * n, range(50))) == [n * n for n in range(50)]
    with pytest.raises(ZeroDivisionError):
        list(TWO.map(lambda n: 1 // (n - 3), range(50)))


def test_threads_take_chunks_only_a_little_ahead() -> None:
    taken: list[int] = []

    def numbers() -> Iterator[int]:
        for number in range(1000):
            taken.append(number)
            yield number

    results = TWO.map(lambda n: n, numbers())
    next(results)
    assert len(taken) <= 6
    results.close()  # type: ignore[attr-defined]


def test_engines_are_found_by_name() -> None:
    assert isinstance(open_engine(None), ThreadEngine)
    assert isinstance(open_engine("ray:127.0.0.1:6379"), RayEngine)
    with pytest.raises(ConfigError, match=r"--engine must be threads, ray or ray:ADDRESS; got 'spark'"):
        open_engine("spark")


def test_a_missing_ray_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "ray", None)
    with pytest.raises(MissingDependencyError, match=r"\.\[ray\]"):
        list(RayEngine().map(len, [[]]))
