"""What every document has in common: closed, frozen, and read with errors that name the place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Self

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from datatool.schemas._errors import ConfigError, DatatoolError
from datatool.schemas._nearest import key_hint

_RULE: Final = "input should be "  # how pydantic begins most of its complaints
_KINDS: Final = {"int": "a whole number", "float": "a number", "bool": "true or false", "string": "text"}

_SHAPES: Final = {
    "model_type": "keys with their values",
    "dict_type": "keys with their values",
    "list_type": "a list",
    "tuple_type": "a list",
}


class Document(BaseModel):
    """A frozen model in which unknown keys are errors."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        populate_by_name=True,
        serialize_by_alias=True,
        defer_build=True,  # a program imports many models for each that it makes or reads
    )

    @classmethod
    def parse(cls, value: object, /, *, file: object = None, error: type[DatatoolError] = ConfigError) -> Self:
        """Validate plain values.

        Args:
            value: Nested dicts and lists.
            file: Where they stand, or a function that says so of a dotted key.
            error: What is raised.

        Raises:
            DatatoolError: Of the class ``error``, naming the first faulty key and, for an unknown key, the nearest
                known one.
        """
        try:
            return cls.model_validate(value)
        except ValidationError as fault:
            raise explain(cls, fault, value, file=file, error=error) from None

    def to_json(self, *, indent: int | None = 2) -> str:
        """The document as JSON text with a final newline."""
        return self.model_dump_json(indent=indent) + "\n"


def explain(
    model: type[BaseModel],
    fault: ValidationError,
    value: object,
    /,
    *,
    file: object = None,
    error: type[DatatoolError] = ConfigError,
) -> DatatoolError:
    """Turn pydantic's first complaint about ``value`` into one sentence; of a value of several kinds, all that fit."""
    places = [(_without_tags(each["loc"], value), each) for each in fault.errors()]
    first = places[0][0]
    place, found = max((each for each in places if each[0][: len(first)] == first), key=lambda each: len(each[0]))
    file = file(".".join(place)) if callable(file) else file
    key = ".".join(place) or "the document"
    if found["type"] == "extra_forbidden":
        known = _known_keys(model, place[:-1])
        hint = key_hint(place[-1], known, place=".".join(place[:-1])) if known else None
        return error(f"key must be a known one; got '{key}'", file=file, hint=hint)
    if found["type"] == "missing":
        return error(f"'{key}' must be given; it is missing", file=file)
    rules = dict.fromkeys(_rule(each) for other, each in places if other == place)
    return error(f"'{key}' must {', or '.join(rules)}; got {found['input']!r}", file=file)


def _without_tags(place: tuple[int | str, ...], value: object) -> list[str]:
    """A place in ``value`` as dotted keys have it, less what pydantic adds: the kinds that a value may be of."""
    parts = []
    for number, part in enumerate(place):
        if isinstance(value, Mapping) and (part in value or number + 1 == len(place)):
            value = value.get(part)
        elif isinstance(value, list | tuple) and isinstance(part, int):
            value = value[part] if part < len(value) else None
        else:
            continue
        parts.append(str(part))
    return parts


def _rule(fault: ErrorDetails) -> str:
    """What a value must be, in the words of a sentence that goes on with `must`."""
    if fault["type"] in _SHAPES:
        return f"be {_SHAPES[fault['type']]}"
    told = fault.get("ctx", {})
    if fault["type"] == "string_pattern_mismatch":
        return f"match {told['pattern']}"
    if fault["type"] == "too_long":
        return f"have at most {told['max_length']} values"
    kind = fault["type"].partition("_")[0]
    if kind in _KINDS and fault["type"].partition("_")[2] in ("parsing", "type", "from_float"):
        return f"be {_KINDS[kind]}"
    rule = fault["msg"].removeprefix("Value error, ")
    rule = rule[:1].lower() + rule[1:]
    return f"be {rule.removeprefix(_RULE)}" if rule.startswith(_RULE) else f"be valid: {rule}"


def _known_keys(model: type[BaseModel], place: list[str]) -> list[str]:
    """Keys of the nested model at ``place``; list indices and union tags are stepped over."""
    for part in place:
        field = next((f for n, f in model.model_fields.items() if part in (n, f.alias)), None)
        if field is None:
            continue
        nested = _first_model(field.annotation)
        if nested is None:
            return []
        model = nested
    return [field.alias or name for name, field in model.model_fields.items()]


def _first_model(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        found = _first_model(argument)
        if found is not None:
            return found
    return None
