"""Columns made and read without pandas are those that pyarrow makes and reads."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from datatool.schemas import arrow_array, arrow_texts, numpy_values
from tests.helpers.program import Cli


@pytest.mark.parametrize(
    "values",
    [
        np.arange(5)[::2],
        np.array([1.5, -2.0], np.float32),
        np.array([2**64 - 1], np.uint64),
        np.array([True, False, True] * 11),
        np.array([], np.int32),
        np.array([], np.bool_),
    ],
)
def test_a_column_of_numpy_is_that_of_pyarrow(values: np.ndarray) -> None:
    assert arrow_array(values).equals(pa.array(values))


@pytest.mark.parametrize("texts", [[], ["a", None, "", "é" * 20], [None]])
def test_a_column_of_texts_holds_each(texts: list[str | None]) -> None:
    assert arrow_texts(texts).cast(pa.string()).equals(pa.array(texts, pa.string()))


def test_numbers_come_back_from_the_middle_of_a_column() -> None:
    column = pa.array([1, 2, 3, 4], pa.uint32())[1:3]

    assert numpy_values(column).tolist() == [2, 3]


def test_columns_are_made_without_pandas(process: Cli) -> None:
    script = """
import sys
import numpy as np
from datatool.schemas import arrow_array, arrow_texts, numpy_values
numpy_values(arrow_array(np.arange(3))), arrow_texts(["a"]), arrow_array(np.array([True]))
print("pandas" in sys.modules)
"""
    assert process("-c", script).out == "False\n"
