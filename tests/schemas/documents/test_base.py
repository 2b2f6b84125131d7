"""Documents are closed and frozen, and say in one sentence what is wrong."""

from __future__ import annotations

import pydantic
import pytest

from datatool.errors import ConfigError, PlanError
from datatool.schemas import DatasetFile, Recipe, nearest


def _sentence(value: object, **options: object) -> str:
    with pytest.raises(ConfigError) as caught:
        Recipe.parse(value, **options)  # type: ignore[arg-type]
    return str(caught.value)


def test_an_unknown_section_is_answered_with_the_nearest_one() -> None:
    assert "key must be a known one; got 'modle'. Hint: did you mean 'model'?" == _sentence({"modle": {}})


def test_an_unknown_key_is_answered_with_the_nearest_one_of_its_section() -> None:
    expected = "key must be a known one; got 'optimizer.lrate' (r.yaml). Hint: did you mean 'optimizer.lr'?"
    assert expected == _sentence({"optimizer": {"lrate": 1}}, file="r.yaml")


def test_a_key_far_from_every_known_one_is_answered_with_all_of_them() -> None:
    keys = "backbone, pretrained, head, bottleneck, class_num, freeze, acnet"
    expected = f"key must be a known one; got 'model.zzzzzz'. Hint: keys of 'model' are {keys}."
    assert expected == _sentence({"model": {"zzzzzz": 1}})


def test_a_wrong_value_is_named_with_key_rule_and_value() -> None:
    sentence = _sentence({"run": {"epochs": 0}})
    assert sentence == "'run.epochs' must be greater than 0; got 0."


def test_a_missing_key_is_named() -> None:
    from datatool.schemas import PlanDocument

    with pytest.raises(PlanError, match=r"'fingerprint' must be given; it is missing"):
        PlanDocument.parse({}, error=PlanError)


def test_a_document_that_is_not_a_mapping_is_refused() -> None:
    assert "the document" in _sentence([1, 2])


def test_a_part_of_a_data_set_has_exactly_one_kind() -> None:
    with pytest.raises(ConfigError, match="give exactly one of list, csv, jsonl, arrow, parquet, folder"):
        DatasetFile.parse({"train": [{"list": "a.txt", "folder": "b"}]})


def test_documents_are_frozen() -> None:
    with pytest.raises(pydantic.ValidationError):
        Recipe().run = Recipe().run


def test_python_spells_global_with_an_underscore_and_files_without() -> None:
    recipe = Recipe.parse({"global": {"seed": 3}})
    assert recipe.global_.seed == 3
    assert '"global": {' in recipe.to_json()


def test_nothing_near_is_none() -> None:
    assert nearest("oversampel", ["natural", "oversample"]) == "oversample"
    assert nearest("zzz", ["natural", "oversample"]) is None


@pytest.mark.parametrize(
    ("value", "rule"),
    [
        ({"run": {"epochs": "x"}}, "'run.epochs' must be a whole number; got 'x'"),
        ({"run": {"epochs": 1.5}}, "'run.epochs' must be a whole number; got 1.5"),
        ({"optimizer": {"lr": "fast"}}, "'optimizer.lr' must be a number; got 'fast'"),
        ({"optimizer": {"amp": "maybe"}}, "'optimizer.amp' must be true or false; got 'maybe'"),
        ({"model": {"backbone": 5}}, "'model.backbone' must be text; got 5"),
    ],
)
def test_a_value_of_another_kind_is_refused_in_plain_words(value: dict[str, object], rule: str) -> None:
    recipe: dict[str, object] = {"model": {"backbone": "a:b"}, "data": {"train": "p"}, "run": {}}
    assert f"{rule}." == _sentence(recipe | value)
