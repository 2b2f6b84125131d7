from __future__ import annotations

from tests.helpers.program import Cli


def test_what_strategies_and_weights_say_of_themselves_needs_no_numpy(process: Cli) -> None:
    script = (
        "import sys; from datatool.samplers import STRATEGIES, WEIGHTS;"
        "print(len(STRATEGIES), 'numpy' in sys.modules, 'pydantic' in sys.modules)"
    )

    assert process("-c", script).out.split()[1:] == ["False", "False"]
