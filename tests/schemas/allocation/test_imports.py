from __future__ import annotations

from tests.helpers.program import Cli


def test_allocation_needs_numpy_alone(process: Cli) -> None:
    script = "import sys, datatool.schemas.allocation; print({'pydantic', 'numpy', 'pyarrow'} & set(sys.modules))"

    assert process("-c", script).out == "{'numpy'}\n"
