"""Values as PaddleClas reads them: from its YAML, and from `-o KEY=VALUE`, which it evaluates as Python.

Nothing is evaluated here. A literal has the value that Python would give it; text that Python cannot evaluate stays
text, as in PaddleClas; and what would run as code there (a name that Python knows, a call) is refused by name.
"""

from __future__ import annotations

import ast
import builtins
import operator
from collections.abc import Callable
from typing import Any, Final

from datatool.errors import ConfigError

# What `eval` sees besides Python's own names: the globals of the module that does it, and the locals of its function.
_VISIBLE: Final = frozenset({*dir(builtins), "os", "copy", "argparse", "yaml", "logger", "check", "OrderedDict", "v"})
_ARITHMETIC: Final[dict[type[ast.operator], Callable[[Any, Any], Any]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


def yaml_value(value: Any, /) -> Any:
    """A tree out of a YAML file; texts that are Python literals become what they say, but not inside lists.

    >>> yaml_value({"a": "1e-3", "b": ["2"], "c": "x.txt"})
    {'a': 0.001, 'b': ['2'], 'c': 'x.txt'}
    """
    if isinstance(value, dict):
        return {key: yaml_value(inner) for key, inner in value.items()}
    if isinstance(value, str):
        return _literal(value, otherwise=value)
    return value


def option_value(text: str, /, *, key: str) -> Any:
    """The value of an override.

    Raises:
        ConfigError: If PaddleClas would run it as code.

    >>> option_value("10", key="k"), option_value("'10'", key="k"), option_value("data/train.txt", key="k")
    (10, '10', 'data/train.txt')
    >>> option_value("0.1/4", key="k")
    0.025
    """
    nothing = object()
    found = _literal(text, otherwise=nothing)
    if found is not nothing:
        return found
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return text
    try:
        return _number(tree)
    except (TypeError, ArithmeticError):
        pass
    names = [node.id for node in ast.walk(tree) if isinstance(node, ast.Name)]
    if any(name not in _VISIBLE for name in names) and not _runs_something(tree):
        return text  # a NameError there, which PaddleClas takes for text
    raise ConfigError(
        f"a value of -o must be text or a literal; PaddleClas would run '{text}' as Python",
        file=f"-o {key}",
        hint=f"""quote it for Python too: -o "{key}='{text}'\"""",
    )


def _runs_something(tree: ast.AST) -> bool:
    return any(isinstance(node, ast.Call | ast.Lambda | ast.NamedExpr | ast.ListComp) for node in ast.walk(tree))


def _literal(text: str, *, otherwise: Any) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return otherwise


def _number(tree: ast.AST) -> int | float:
    if isinstance(tree, ast.Constant) and type(tree.value) in (int, float):
        return tree.value  # type: ignore[return-value]  # the line above settles the type
    if isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.USub):
        return -_number(tree.operand)
    if isinstance(tree, ast.BinOp) and type(tree.op) in _ARITHMETIC:
        result: int | float = _ARITHMETIC[type(tree.op)](_number(tree.left), _number(tree.right))
        return result
    raise TypeError
