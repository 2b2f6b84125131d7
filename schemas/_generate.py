"""Writes `*.schema.json` beside the models: `python -m datatool.schemas._generate`, or `make schemas`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final, Literal

from datatool import schemas

FOLDER: Final = Path(__file__).resolve().parent
_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_WRITTEN_BY_PEOPLE: Final = ("dataset", "recipe")  # their defaults may be left out


def documents() -> dict[str, type[schemas.Document]]:
    """File stem -> model: every exported document that names its schema, and the two that need no version."""
    named: dict[str, type[schemas.Document]] = {"metrics": schemas.MetricsLine, "recipe": schemas.Recipe}
    for name in vars(schemas)["__all__"]:  # type checkers know the stub, which has no list
        model = getattr(schemas, name)
        if isinstance(model, type) and issubclass(model, schemas.Document) and "schema_" in model.model_fields:
            named[str(model.model_fields["schema_"].default).removeprefix("datatool.").split("/")[0]] = model
    return dict(sorted(named.items()))


def schema_text(stem: str, /) -> str:
    """The JSON Schema of one document, as it stands in its file.

    >>> schema_text("plan").startswith("{")
    True
    """
    mode: Literal["validation", "serialization"] = "validation" if stem in _WRITTEN_BY_PEOPLE else "serialization"
    schema = {"$schema": _DIALECT, **documents()[stem].model_json_schema(by_alias=True, mode=mode)}
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def schema_file(stem: str, /) -> Path:
    """Where that file lies."""
    return FOLDER / f"{stem}.schema.json"


def main() -> None:
    """Write every file anew."""
    for stem in documents():
        schema_file(stem).write_text(schema_text(stem), encoding="utf-8")


if __name__ == "__main__":
    main()
