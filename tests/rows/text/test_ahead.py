from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from datatool.rows.text._ahead import ahead


def test_items_come_in_order() -> None:
    assert list(ahead(iter(range(100)), depth=3)) == list(range(100))


@pytest.mark.parametrize("count", [0, 1, 2])
def test_few_items_are_enough(count: int) -> None:
    assert list(ahead(iter(range(count)), depth=4)) == list(range(count))


def test_an_error_is_raised_in_the_place_of_its_item() -> None:
    def items() -> Iterator[int]:
        yield 0
        yield 1
        raise ValueError("torn")

    found = ahead(items(), depth=4)
    assert [next(found), next(found)] == [0, 1]
    with pytest.raises(ValueError, match="torn"):
        next(found)


def test_a_consumer_that_stops_leaves_no_thread() -> None:
    before = set(threading.enumerate())
    items = ahead(iter(range(1000)), depth=4)
    assert [next(items) for _ in range(4)] == [0, 1, 2, 3]
    assert set(threading.enumerate()) - before
    items.close()

    assert not set(threading.enumerate()) - before
