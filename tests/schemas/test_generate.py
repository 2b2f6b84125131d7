"""JSON Schemas beside the models."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from datatool import schemas
from datatool.schemas._generate import FOLDER, documents, schema_file, schema_text


@pytest.mark.parametrize("stem", documents())
def test_the_committed_schema_is_the_one_the_model_gives(stem: str) -> None:
    """`make schemas` mends a failure here."""
    assert schema_text(stem) == schema_file(stem).read_text(encoding="utf-8")


def test_no_schema_file_is_left_of_a_model_that_is_gone() -> None:
    assert sorted(documents()) == sorted(
        path.name.removesuffix(".schema.json") for path in FOLDER.glob("*.schema.json")
    )


def test_the_documents_of_the_design_are_all_there() -> None:
    assert {"audit", "dataset", "eval", "metrics", "plan", "recipe", "run"} <= set(documents())


def test_what_a_model_writes_is_what_its_schema_describes() -> None:
    jsonschema = pytest.importorskip("jsonschema")
    document = schemas.EvalDocument.parse(
        {
            "top1": 0.5,
            "balanced_accuracy": 0.5,
            "per_class": [{"class": 0, "name": "cat", "support": 2, "recall": 0.5, "precision": None}],
            "per_source": [{"source": "real", "support": 2, "top1": 0.5}],
            "confusion": [[1, 1], [0, 0]],
        }
    )
    jsonschema.validate(json.loads(document.to_json()), json.loads(schema_text("eval")))


def test_the_default_recipe_is_valid_under_its_schema() -> None:
    jsonschema = pytest.importorskip("jsonschema")
    jsonschema.validate(json.loads(schemas.Recipe().to_json()), json.loads(schema_text("recipe")))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"modle": {}}, json.loads(schema_text("recipe")))


def test_schema_files_are_where_the_models_are() -> None:
    assert FOLDER == Path(schemas.__file__).resolve().parent
