"""Names that other packages import from `datatool.training`."""

from __future__ import annotations

import pytest

import datatool.training
from datatool.loader import Batch


def test_the_old_name_of_a_batch_still_works_and_says_the_new_one() -> None:
    with pytest.warns(DeprecationWarning, match=r"datatool\.training\.StepBatch is now datatool\.Batch"):
        assert datatool.training.StepBatch is Batch


def test_other_names_are_not_made_up() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'StepBatches'"):
        datatool.training.StepBatches  # noqa: B018 - the look-up is the test
