"""YAML under the 1.2 core rules: only ``true`` and ``false`` are booleans, ``1e-3`` is a number."""

from __future__ import annotations

import re
from typing import Any

from datatool.schemas._errors import ConfigError

# https://yaml.org/spec/1.2.2/#103-core-schema, less "~" forms that PyYAML resolves by itself.
_CORE = {
    "tag:yaml.org,2002:null": (r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    "tag:yaml.org,2002:bool": (r"^(?:true|True|TRUE|false|False|FALSE)$", list("tTfF")),
    "tag:yaml.org,2002:int": (r"^(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$", list("-+0123456789")),
    "tag:yaml.org,2002:float": (
        r"^(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$",
        list("-+0123456789."),
    ),
}


def load_yaml(text: str, /, *, file: object = None) -> Any:
    """Parse one YAML document into plain Python values; never runs code.

    Raises:
        ConfigError: If the text is not YAML or repeats a key, with file and line.

    >>> load_yaml("{lr: 1e-3, on: yes, amp: false}")
    {'lr': 0.001, 'on': 'yes', 'amp': False}
    """
    import yaml

    try:
        return yaml.load(text, Loader=_core_loader())  # noqa: S506 - derived from SafeLoader
    except yaml.MarkedYAMLError as error:
        line = None if error.problem_mark is None else error.problem_mark.line + 1
        raise ConfigError(f"YAML must be well formed; got '{error.problem}'", file=file, line=line) from None
    except yaml.YAMLError as error:
        raise ConfigError(f"YAML must be well formed; got '{error}'", file=file) from None


def _core_loader() -> Any:
    import yaml

    class CoreLoader(yaml.SafeLoader):
        yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}

        def construct_mapping(self, node: Any, deep: bool = False) -> Any:
            seen: set[object] = set()
            for key_node, _ in node.value:
                key = self.construct_object(key_node, deep=True)
                if isinstance(key, str) and key in seen:
                    raise yaml.constructor.ConstructorError(None, None, f"duplicate key {key}", key_node.start_mark)
                if isinstance(key, str):
                    seen.add(key)
            return super().construct_mapping(node, deep)

    for tag, (pattern, first) in _CORE.items():
        CoreLoader.add_implicit_resolver(tag, re.compile(pattern), first)
    CoreLoader.add_constructor("tag:yaml.org,2002:int", lambda _, node: _core_int(node.value))
    CoreLoader.add_constructor("tag:yaml.org,2002:float", lambda _, node: _core_float(node.value))
    return CoreLoader


def _core_int(text: str) -> int:
    return int(text, 0) if text.startswith(("0o", "0x")) else int(text, 10)


def _core_float(text: str) -> float:
    return float(
        text.replace(".inf", "inf").replace(".Inf", "inf").replace(".INF", "inf").lower().replace(".nan", "nan")
    )
