"""Cells of a plan as documents have them: a list of objects in JSON, columns in memory."""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter
from typing import Annotated, Any, Final

import numpy as np
from pydantic import ConfigDict, Field, GetCoreSchemaHandler, ValidatorFunctionWrapHandler, with_config
from pydantic_core import CoreSchema, core_schema
from typing_extensions import TypedDict  # pydantic asks for this one before Python 3.12

from datatool.schemas.allocation import Cells

_NUMBERS: Final = {"class": "i8", "rows": "i8", "quota": "i8", "weight": "f8"}

PlanCell = TypedDict(
    "PlanCell",
    {
        "class": Annotated[int, Field(ge=0)],
        "source": str,
        "rows": Annotated[int, Field(ge=1)],
        "quota": Annotated[int, Field(ge=0)],
        "weight": Annotated[float, Field(ge=0)],
    },
)
with_config(ConfigDict(extra="forbid"))(PlanCell)


class _ByColumns:
    """How pydantic reads and writes `Cells`; given as they are they need no look."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        listed = handler.generate_schema(list[PlanCell])
        written = core_schema.plain_serializer_function_ser_schema(_listed, return_schema=listed)
        return core_schema.no_info_wrap_validator_function(_by_columns, listed, serialization=written)


CellColumns = Annotated[Cells, _ByColumns]


def _by_columns(value: Any, validate: ValidatorFunctionWrapHandler) -> Cells:
    return value if isinstance(value, Cells) else _columns(validate(value))


def _columns(cells: Sequence[PlanCell]) -> Cells:
    # One walk over 100,000 cells takes half as long as one for each column.
    numbers = np.fromiter(map(itemgetter(*_NUMBERS), cells), list(_NUMBERS.items()), len(cells))
    label, num_rows, quota, weight = (np.ascontiguousarray(numbers[name]) for name in _NUMBERS)
    return Cells(
        label=label, source=tuple(map(itemgetter("source"), cells)), num_rows=num_rows, quota=quota, weight=weight
    )


def _listed(cells: Cells) -> list[PlanCell]:
    columns = zip(
        cells.label.tolist(), cells.source, cells.num_rows.tolist(), cells.quota.tolist(), cells.weight.tolist(),
        strict=True,
    )  # fmt: skip
    return [{"class": c, "source": s, "rows": n, "quota": q, "weight": w} for c, s, n, q, w in columns]


NO_CELLS: Final = _columns([])
