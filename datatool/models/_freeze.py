"""Which modules and parameters stay as they are, chosen by name on any layer tree."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from datatool.errors import ConfigError
from datatool.frameworks import Framework, Module
from datatool.schemas import nearest


@dataclass(frozen=True, kw_only=True)
class Frozen:
    """What a stage keeps fixed.

    Attributes:
        parameters: Full parameter names.
        modules: Names of modules that stay in evaluation mode.
    """

    parameters: frozenset[str]
    modules: frozenset[str]


def choose_frozen(spec: str | Sequence[str], kit: Framework, model: Module, /, *, head: str) -> Frozen:
    """Apply `model.freeze` to a model.

    `backbone` is everything but the head; `until:PATTERN` everything, in order of registration, up to and with the
    last module that matches; a list names modules (with all below them) and parameters. Patterns are shell patterns on
    dotted names.

    Raises:
        ConfigError: If a pattern matches nothing, with the nearest names.
    """
    tree = {name: module for name, module in kit.modules(model) if name}
    own = {name: list(kit.own_parameters(module)) for name, module in kit.modules(model)}
    parameters = [join(name, key) for name, keys in own.items() for key in keys]
    if spec == "none":
        return Frozen(parameters=frozenset(), modules=frozenset())
    if spec == "backbone":
        modules = {name for name in tree if not _inside(name, head)}
        chosen = {name for name in parameters if not _inside(name, head)}
    elif isinstance(spec, str) and spec.startswith("until:"):
        modules, chosen = _until(spec.removeprefix("until:"), list(tree), parameters, own)
    elif isinstance(spec, str):
        raise ConfigError(
            f"model.freeze must be none, backbone, until:PATTERN or a list of patterns; got '{spec}'",
            hint=f"did you mean 'until:{spec}', or the list ['{spec}']?",
        )
    else:
        modules, chosen = _listed(spec, list(tree), parameters)
    return Frozen(parameters=frozenset(chosen), modules=frozenset(_settled(modules, chosen, own)))


def join(module: str, name: str, /) -> str:
    """Full name of something inside a module; the root is named ""."""
    return f"{module}.{name}" if module else name


def _until(
    pattern: str, tree: list[str], parameters: list[str], own: dict[str, list[str]]
) -> tuple[set[str], set[str]]:
    matches = [index for index, name in enumerate(tree) if fnmatchcase(name, pattern)]
    if not matches:
        raise _no_match(pattern, tree)
    last = tree[matches[-1]]
    end = max(index for index, name in enumerate(tree) if _inside(name, last))
    modules = set(tree[: end + 1]) - set(_parents(last))
    chosen = {join(name, key) for name in ["", *tree[: end + 1]] for key in own[name]}
    return modules, chosen & set(parameters)


def _listed(patterns: Iterable[str], tree: list[str], parameters: list[str]) -> tuple[set[str], set[str]]:
    modules: set[str] = set()
    chosen: set[str] = set()
    for pattern in patterns:
        hits = [name for name in tree if fnmatchcase(name, pattern)]
        exact = [name for name in parameters if fnmatchcase(name, pattern)]
        if not hits and not exact:
            raise _no_match(pattern, [*tree, *parameters])
        for hit in hits:
            modules.update(name for name in tree if _inside(name, hit))
            chosen.update(name for name in parameters if _inside(name, hit))
        chosen.update(exact)
    return modules, chosen


def _settled(modules: set[str], chosen: set[str], own: dict[str, list[str]]) -> set[str]:
    """Modules that stay in evaluation mode: no trained parameter in or below them.

    Beside the chosen ones: those whose own parameters were all named, and containers of nothing but frozen modules.
    """
    frozen = set(modules)
    frozen.update(name for name, keys in own.items() if keys and all(join(name, key) in chosen for key in keys))
    for name in sorted(own, key=lambda name: -name.count(".") - bool(name)):
        below = [other for other in own if name != other and (not name or _inside(other, name))]
        if below and all(other in frozen for other in below) and all(join(name, key) in chosen for key in own[name]):
            frozen.add(name)
    trained = {join(name, key) for name, keys in own.items() for key in keys} - chosen
    return {name for name in frozen if not any(not name or _inside(other, name) for other in trained)}


def _inside(name: str, parent: str) -> bool:
    return name == parent or name.startswith(f"{parent}.")


def _parents(name: str) -> list[str]:
    parts = name.split(".")
    return [".".join(parts[:end]) for end in range(1, len(parts))]


def _no_match(pattern: str, names: list[str]) -> ConfigError:
    near = nearest(pattern.strip("*."), names)
    tops = list(dict.fromkeys(name.split(".")[0] for name in names))
    hint = f"did you mean '{near}'?" if near else f"the top layers are {', '.join(tops[:12])}"
    return ConfigError(f"a pattern of model.freeze must match a layer; got '{pattern}'", hint=hint)
