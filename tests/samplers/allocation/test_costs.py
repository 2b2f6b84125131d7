from __future__ import annotations

from datatool.samplers import STRATEGIES, Counts, strategy_costs

COUNTS = Counts.of({0: {"real": 90, "synthetic": 0}, 1: {"real": 5, "synthetic": 5}})


def test_costs_are_those_of_the_plans() -> None:
    natural, oversample, undersample = (
        strategy_costs(COUNTS)[name] for name in ("natural", "oversample", "undersample")
    )

    assert (natural.epoch_size, natural.unique, natural.unused) == (100, 100, 0)
    assert (natural.smallest, natural.ratio, natural.max_repeat) == (10, 9.0, 1)
    assert (oversample.epoch_size, oversample.unused, oversample.ratio, oversample.max_repeat) == (180, 0, 1.0, 9)
    assert (undersample.epoch_size, undersample.unique, undersample.unused, undersample.smallest) == (20, 20, 80, 10)


def test_every_strategy_that_is_priced_has_a_line() -> None:
    assert list(strategy_costs(COUNTS)) == [kind.priced for kind in STRATEGIES.values() if kind.priced is not None]
