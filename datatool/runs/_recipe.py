"""Reading a recipe: file, then `-o`, each value with where it came from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from datatool.errors import ConfigError
from datatool.rows import refuse_other_file
from datatool.runs._aliases import SECTIONS, translate
from datatool.runs._overrides import assign, parse_override
from datatool.schemas import PLAN_FILE, Recipe, key_hint, key_place, load_yaml, nearest

DEFAULT: Final = "default"


@dataclass(frozen=True, kw_only=True)
class ResolvedRecipe:
    """A recipe with every key filled in, and where each value came from.

    Attributes:
        recipe: With `run.name` filled in.
        base: The folder that paths in it are relative to.
        origins: Dotted key -> "default", the recipe's file, or the override.
        hints: What to tell the user about foreign keys.
    """

    recipe: Recipe
    base: Path
    origins: dict[str, str]
    hints: tuple[str, ...]


def read_recipe(path: Path | str, /, *, overrides: Sequence[str] = ()) -> ResolvedRecipe:
    """Read a recipe file and apply ``overrides`` in order.

    Raises:
        ConfigError: For a missing file, bad YAML, an unknown key (with the nearest known one) or an unusable value.
    """
    path = Path(path)
    if (path / PLAN_FILE).is_file() or path.name == PLAN_FILE:
        raise ConfigError(
            f"a recipe must be a YAML file; got '{path}', which is a plan",
            hint=f"name it in a recipe: data: {{train: {path if path.is_dir() else path.parent}}}",
        )
    refuse_other_file(path, what="a recipe must be a YAML file", error=ConfigError)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise ConfigError(f"a recipe must be a readable YAML file; got '{path}' ({reason})") from None
    given = load_yaml(text, file=path)
    if given is None:
        given = {}
    base = path.resolve().parent
    return _complete(given, path, base=base, overrides=overrides, name=path.stem, text=text)


def complete_recipe(given: Mapping[str, Any], /, *, base: Path, overrides: Sequence[str] = ()) -> ResolvedRecipe:
    """The same of sections that are no file: paths are relative to ``base``, and a run without a name is "run"."""
    return _complete(dict(given), None, base=base, overrides=overrides, name="run")


def _complete(
    given: object, path: Path | None, /, *, base: Path, overrides: Sequence[str], name: str, text: str = ""
) -> ResolvedRecipe:
    if not isinstance(given, dict):
        raise ConfigError(f"a recipe must be sections with keys; got {type(given).__name__}", file=path)
    if "DataLoader" in given or "ARCHITECTURE" in given:
        raise ConfigError(
            "a recipe must be one of datatool; got a whole YAML of PaddleClas",
            file=path,
            hint=f"for its data run datatool paddleclas audit {path}; a recipe is in docs/train.md",
        )
    tree = _defaults()
    origins = dict.fromkeys(dict(flatten(tree)), DEFAULT)
    place = path or Path("recipe")
    hints = [*_apply_file(tree, given, place, origins), *_apply_overrides(tree, overrides, origins)]
    if _get(tree, "run", "name") is None and isinstance(tree.get("run"), dict):
        tree["run"]["name"] = name
        origins["run.name"] = DEFAULT if path is None else f"{path.name} (its stem)"

    def given_in(key: str) -> object:
        origin = _origin(key, origins)
        if origin.startswith("-o "):
            return origin
        return None if path is None else key_place(text, path, key)

    check_stages(tree, file=given_in)
    recipe = Recipe.parse(tree, file=given_in)
    keys = dict(flatten(recipe.model_dump(mode="json")))
    return ResolvedRecipe(
        recipe=recipe,
        base=base,
        origins={key: _origin(key, origins) for key in keys},
        hints=tuple(hints),
    )


def plain_recipe(overrides: Sequence[str] = (), /) -> ResolvedRecipe:
    """The recipe of no file: every default, then ``overrides`` in order; paths are relative to the current folder.

    Raises:
        ConfigError: For an unknown key (with the nearest known one) or an unusable value.
    """
    tree = _defaults()
    origins = dict.fromkeys(dict(flatten(tree)), DEFAULT)
    hints = tuple(_apply_overrides(tree, overrides, origins))
    check_stages(tree)
    recipe = Recipe.parse(tree, file=lambda key: _origin(key, origins))
    keys = dict(flatten(recipe.model_dump(mode="json")))
    return ResolvedRecipe(
        recipe=recipe, base=Path.cwd(), origins={key: _origin(key, origins) for key in keys}, hints=hints
    )


def flatten(tree: Any, prefix: str = "", /) -> Iterator[tuple[str, Any]]:
    """Leaves of nested dicts by dotted key; a list of plain values is one leaf.

    >>> dict(flatten({"run": {"keep": 3, "stages": [{"loss": {"focal": 2}}]}}))
    {'run.keep': 3, 'run.stages.0.loss.focal': 2}
    """
    if isinstance(tree, Mapping) and tree:
        for name, value in tree.items():
            yield from flatten(value, f"{prefix}.{name}" if prefix else str(name))
    elif isinstance(tree, list) and any(isinstance(item, Mapping) for item in tree):
        for index, value in enumerate(tree):
            yield from flatten(value, f"{prefix}.{index}")
    else:
        yield prefix, tree


def check_stages(tree: Mapping[str, Any], /, *, file: Callable[[str], object] | None = None) -> None:
    """Name the first unknown section or key inside `run.stages`.

    Args:
        tree: A recipe.
        file: Dotted key -> where it was given.

    Raises:
        ConfigError: With the nearest known name.
    """
    stages = _get(tree, "run", "stages")
    if not isinstance(stages, list):
        return
    known = _defaults()
    for index, stage in enumerate(stages):
        for section, keys in stage.items() if isinstance(stage, dict) else ():
            _require_known(section, [name for name in known if name != "global"], f"run.stages.{index}", file)
            for key in keys if isinstance(keys, dict) else ():
                allowed = [name for name in known[section] if name not in _ONCE.get(section, ())]
                _require_known(key, allowed, f"run.stages.{index}.{section}", file)


# Keys that are about the whole run and mean nothing inside a stage.
_ONCE: Final = {"run": ("name", "trainer", "stages", "keep", "trackers")}


def _require_known(name: object, known: Sequence[str], place: str, file: Callable[[str], object] | None) -> None:
    if name not in known:
        key = f"{place}.{name}"
        hint = key_hint(str(name), known, place=place)
        raise ConfigError(f"key must be a known one; got '{key}'", file=file and file(key), hint=hint)


def _defaults() -> dict[str, Any]:
    return Recipe().model_dump(mode="json")


def _apply_file(tree: dict[str, Any], given: dict[str, Any], path: Path, origins: dict[str, str]) -> list[str]:
    hints = []
    for section, keys in given.items():
        if section in SECTIONS:
            for key, value in _foreign_leaves(section, keys):
                name, value, hint = translate(key, value, where=path)
                assign(tree, name, value)
                origins[name] = path.name
                hints.append(hint)
        elif isinstance(keys, dict) and isinstance(tree.get(section), dict):
            tree[section].update(keys)
            origins.update((f"{section}.{key}", path.name) for key in keys)
        elif keys is not None or section not in tree:
            tree[section] = keys  # unknown or of the wrong kind: validation names it
    return hints


def _foreign_leaves(prefix: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _foreign_leaves(f"{prefix}.{key}", inner)
    elif isinstance(value, list) and any(isinstance(item, dict) for item in value):
        for index, inner in enumerate(value):
            yield from _foreign_leaves(f"{prefix}.{index}", inner)
    else:
        yield prefix, value


def _apply_overrides(tree: dict[str, Any], overrides: Sequence[str], origins: dict[str, str]) -> Iterator[str]:
    for text in overrides:
        key, value = parse_override(text)
        if key.split(".")[0] in SECTIONS:
            key, value, said = translate(key, value, where="-o")
            yield said
        elif key.split(".")[0] not in tree:
            near = nearest(key, dict(flatten(tree)))
            hint = key_hint(key, tree) if near is None else f"did you mean '{near}'?"
            raise ConfigError(f"key must be a known one; got '{key}'", file=f"-o {text}", hint=hint)
        assign(tree, key, value)
        for inner in [name for name in origins if name.startswith(f"{key}.")]:
            del origins[inner]
        origins[key] = f"-o {text}"


def _origin(key: str, origins: Mapping[str, str]) -> str:
    """Of the key, of an item of its list, or of the section or list that was given as a whole."""
    inside = [place for name, place in origins.items() if name.startswith(f"{key}.") and place != DEFAULT]
    while key and origins.get(key, DEFAULT) == DEFAULT and not inside:
        key = key.rpartition(".")[0]
    return inside[-1] if inside else origins.get(key, DEFAULT)


def _get(tree: Mapping[str, Any], section: str, key: str) -> Any:
    inside = tree.get(section)
    return inside.get(key) if isinstance(inside, dict) else None
