"""YAML under the 1.2 core rules: only ``true`` and ``false`` are booleans, ``1e-3`` is a number.

Files of programs that read them with PyYAML's own rules (YAML 1.1) are read under those, with the same limits.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar, Final

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


_MAX_DEPTH: Final = 50  # of nested lists and mappings; recipes have five
_MAX_REPEATED: Final = 10_000  # values that aliases may add to those that are written out
_UNUSABLE: Final = re.compile("[\0\ud800-\udfff]")  # no path, name or file can hold them


def load_yaml(text: str, /, *, file: object = None, core: bool = True) -> Any:
    """Parse one YAML document into plain Python values; never runs code.

    Args:
        text: The document.
        file: Where it stands, for errors.
        core: Whether the 1.2 core rules hold and a repeated key is an error; otherwise everything is as
            ``yaml.safe_load`` has it.

    Raises:
        ConfigError: If the text is not YAML, repeats a key, is nested beyond use, or unfolds to far more than it
            says, with file and line.

    >>> load_yaml("{lr: 1e-3, on: yes, amp: false}")
    {'lr': 0.001, 'on': 'yes', 'amp': False}
    """
    import yaml

    try:
        return yaml.load(text, Loader=_core_loader() if core else _bounded_loader())  # noqa: S506 - from SafeLoader
    except yaml.MarkedYAMLError as error:
        line = None if error.problem_mark is None else error.problem_mark.line + 1
        raise ConfigError(f"YAML must be well formed; got '{error.problem}'", file=file, line=line) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, int(error.position)) + 1
        raise ConfigError(f"YAML must be text; got U+{ord(text[error.position]):04X}", file=file, line=line) from None


def key_place(text: str, file: object, key: str, /) -> str:
    r"""Where a dotted key stands in a YAML document, as errors name it: ``file:line``.

    A key that is not in the document stands where the section does that it would be in; without one, in the file.

    >>> key_place("data:\n  train: a.plan", "recipe.yaml", "data.train")
    'recipe.yaml:2'
    """
    import yaml

    node, line = yaml.compose(text, Loader=_core_loader()), None
    for part in key.split("."):
        found = _inside(node, part)
        if found is None:
            break
        line, node = found
    return str(file) if line is None else f"{file}:{line}"


def _inside(node: Any, part: str) -> tuple[int, Any] | None:
    """The 1-based line of one key of a mapping or index of a list, and its value."""
    if node is None or isinstance(node.value, str):
        return None
    if node.id == "sequence":
        found = [(item, item) for place, item in enumerate(node.value) if str(place) == part]
    else:
        found = [(name, value) for name, value in node.value if name.value == part]
    return (found[0][0].start_mark.line + 1, found[0][1]) if found else None


def _bounded_loader() -> Any:
    """PyYAML's safe loader, which refuses what would unfold or nest beyond use."""
    import yaml

    parser: Any = yaml.SafeLoader  # no type is published for what is inherited from its parser

    class BoundedLoader(yaml.SafeLoader):
        def __init__(self, stream: Any) -> None:
            super().__init__(stream)
            self._depth = self._values = self._repeated = 0
            self._sizes: dict[int, int] = {}  # values under each finished node

        def compose_node(self, parent: Any, index: Any) -> Any:
            event = parser.peek_event(self)
            if isinstance(event, yaml.AliasEvent):
                return self._compose_alias(event, parent, index)
            self._depth += 1
            if self._depth > _MAX_DEPTH:
                raise _fault(f"values nested more than {_MAX_DEPTH} deep", event.start_mark)
            before = self._values
            self._values += 1
            node = super().compose_node(parent, index)
            self._depth -= 1
            self._sizes[id(node)] = self._values - before
            return node

        def _compose_alias(self, event: Any, parent: Any, index: Any) -> Any:
            node = super().compose_node(parent, index)
            size = self._sizes.get(id(node))
            if size is None:
                raise _fault(f"alias {event.anchor} inside itself", event.start_mark)
            self._values += size
            self._repeated += size
            if self._repeated > _MAX_REPEATED:
                raise _fault(f"aliases that unfold to more than {_MAX_REPEATED:,} values", event.start_mark)
            return node

    return BoundedLoader


def _fault(problem: str, mark: Any) -> Exception:
    import yaml

    error: Exception = yaml.constructor.ConstructorError(None, None, problem, mark)
    return error


def _core_loader() -> Any:
    import yaml

    bounded: Any = _bounded_loader()

    class CoreLoader(bounded):
        yaml_implicit_resolvers: ClassVar[dict[str, list[tuple[str, re.Pattern[str]]]]] = {}
        yaml_constructors: ClassVar[dict[Any, Any]] = {}  # of the core schema and nothing else, added below

        def construct_mapping(self, node: Any, deep: bool = False) -> Any:
            if not isinstance(node, yaml.MappingNode):
                raise _fault("a plain value or list tagged as a mapping", node.start_mark)
            seen: set[object] = set()
            for key_node, _ in node.value:
                key = self.construct_object(key_node, deep=True)
                if isinstance(key, str) and key in seen:
                    raise _fault(f"duplicate key {key}", key_node.start_mark)
                if isinstance(key, str):
                    seen.add(key)
            return super().construct_mapping(node, deep)

    def scalar(read: Any) -> Any:
        def construct(loader: Any, node: Any) -> Any:
            text = loader.construct_scalar(node)
            try:
                return read(text)
            except (ValueError, KeyError):
                raise _fault(f"{node.tag.rpartition(':')[2]} '{text}'", node.start_mark) from None

        return construct

    made: Any = CoreLoader
    for tag, (pattern, first) in _CORE.items():
        made.add_implicit_resolver(tag, re.compile(pattern), first)
    for name, read in _SCALARS.items():
        made.add_constructor(f"tag:yaml.org,2002:{name}", scalar(read))
    made.add_constructor("tag:yaml.org,2002:seq", yaml.SafeLoader.construct_yaml_seq)
    made.add_constructor("tag:yaml.org,2002:map", yaml.SafeLoader.construct_yaml_map)
    made.add_constructor(None, yaml.SafeLoader.construct_undefined)
    return made


def _core_int(text: str) -> int:
    return int(text, 0) if text.startswith(("0o", "0x")) else int(text, 10)


def _core_float(text: str) -> float:
    return float(
        text.replace(".inf", "inf").replace(".Inf", "inf").replace(".INF", "inf").lower().replace(".nan", "nan")
    )


def _core_text(text: str) -> str:
    if _UNUSABLE.search(text):
        raise ValueError
    return text


_SCALARS: Final = {
    "null": lambda _: None,
    "bool": lambda text: {"true": True, "false": False}[text.lower()],
    "int": _core_int,
    "float": _core_float,
    "str": _core_text,
}
