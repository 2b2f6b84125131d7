"""Writes docs/reference/recipe.md from the model of a recipe: every key with its type, default and meaning."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from datatool.schemas import Recipe

PAGE: Final = Path(__file__).resolve().parent / "reference" / "recipe.md"
_HEAD: Final = """# Keys of a recipe

Written by `make docs` from the schema that recipes are read by (`schemas/recipe.schema.json`). A recipe has these
sections; every key may be left out, and `-o SECTION.KEY=VALUE` sets one on the command line. [Train](../train.md) says
what they do together, and `datatool config show RECIPE` prints each with its value and where that came from.
"""
_PLAIN: Final = {"string": "text", "integer": "integer", "number": "number", "boolean": "true or false", "null": "null"}


def recipe_page() -> str:
    """The text of the page."""
    schema = Recipe.model_json_schema(by_alias=True)
    return _HEAD + "".join(_section(name, schema, entry) for name, entry in schema["properties"].items())


def _section(name: str, schema: dict[str, Any], entry: dict[str, Any]) -> str:
    model = schema["$defs"][entry["$ref"].rpartition("/")[2]]
    rows = [_row(name, key, schema, value) for key, value in model["properties"].items()]
    table = "\n".join(["| key | type | default | meaning |", "|---|---|---|---|", *rows])
    return f"\n## {name}\n\n{model['description']}\n\n{table}\n"


def _row(section: str, key: str, schema: dict[str, Any], value: dict[str, Any]) -> str:
    default = json.dumps(value.get("default"))
    cells = (f"`{section}.{key}`", _type(schema, value), f"`{default}`", value.get("description", ""))
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _type(schema: dict[str, Any], value: dict[str, Any]) -> str:
    """What a value may be, in words."""
    if "$ref" in value:
        return _type(schema, schema["$defs"][value["$ref"].rpartition("/")[2]])
    if "anyOf" in value:
        return " or ".join(_type(schema, one) for one in value["anyOf"])
    if "enum" in value or "const" in value:
        return ", ".join(f"`{one}`" for one in value.get("enum", [value.get("const")]))
    if value.get("type") == "array":
        return f"list of {value['minItems']} numbers" if "minItems" in value else "list"
    return _PLAIN.get(str(value.get("type")), "mapping") + _range(value)


def _range(value: dict[str, Any]) -> str:
    signs = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
    limits = [f"{sign} {value[name]:g}" for name, sign in signs.items() if name in value]
    return f" {' and '.join(limits)}" if limits else ""


if __name__ == "__main__":
    PAGE.write_text(recipe_page(), encoding="utf-8")
