from __future__ import annotations

from typing import Any

import pytest

from datatool.errors import ConfigError
from datatool.samplers import Modifiers, Share


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"epoch_size": 0}, "the epoch size must be at least 1; got 0"),
        ({"max_repeat": 0}, "max-repeat must be at least 1; got 0"),
        ({"synthetic_share": 1.2}, "the synthetic share must lie in [0, 1]; got 1.2"),
        ({"synthetic_cap": -1}, "the synthetic cap must be at least 0 and finite; got -1"),
        ({"per_batch": (0, 4)}, "per-batch must be P:K, both at least 1; got 0:4"),
        ({"synthetic_cap": 1, "synthetic_share": 0.6}, "it allows 0.5, got 0.6"),
        (
            {"synthetic_share": 0.6, "shares": (Share(label=None, source="real", share=0.5),)},
            "must not meet a share of a source over all classes",
        ),
    ],
)
def test_modifiers_out_of_range_or_at_odds_are_refused(given: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Modifiers(**given)

    assert sentence in str(caught.value)
