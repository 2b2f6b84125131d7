"""Threads of numpy's math library."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import numpy as np
import pytest

from datatool.machine import blas_threads_for
from datatool.machine._blas import _GET, _SET, _openblas


@pytest.fixture
def two_threads() -> Iterator[None]:
    if _openblas() is None:
        pytest.skip("numpy was built with another math library")
    before = _openblas()[_GET]()
    _openblas()[_SET](2)
    yield
    _openblas()[_SET](before)


def _threads() -> int:
    return int(_openblas()[_GET]())


@pytest.mark.usefixtures("two_threads")
def test_little_work_has_one_thread_and_much_work_all_of_them() -> None:
    """Also inside one another, and after an error."""
    with blas_threads_for(1e12):
        assert _threads() == 2
        with blas_threads_for(1e6):
            assert _threads() == 1
            with blas_threads_for(1e6):
                assert _threads() == 1
            assert _threads() == 1
        assert _threads() == 2
    with pytest.raises(ZeroDivisionError), blas_threads_for(1e6):
        raise ZeroDivisionError
    assert _threads() == 2


@pytest.mark.usefixtures("two_threads")
def test_products_are_what_they_were() -> None:
    rows = np.random.default_rng(0).normal(size=(200, 300))
    expected = rows @ rows.T
    with blas_threads_for(1e6):
        np.testing.assert_allclose(rows @ rows.T, expected, rtol=1e-12)


def test_numpy_is_not_imported_before_it_is_asked_for() -> None:
    code = "import sys, datatool.machine; assert 'numpy' not in sys.modules"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
