r"""`-o "KEY='value'"` of PaddleClas: written so that any shell and its own evaluation give back the value.

A text is a Python literal in single quotes. What a shell, Python or PaddleClas's split at ``=`` would take for its own
stands as an escape, so that nothing in double quotes means anything to a shell.
"""

from __future__ import annotations

from typing import Any, Final

_PLAIN: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 #%&()*+,-./:;<>?@[]^_{|}~")


def clas_option(key: str, value: Any, /) -> str:
    r"""An override as it is pasted.

    >>> print(clas_option("Arch.class_num", 10))
    -o "Arch.class_num=10"
    >>> print(clas_option("a.root", "it's/$HOME=1"))
    -o "a.root='it\x27s/\x24HOME\x3d1'"
    """
    return f'-o "{key}={python_literal(value)}"'


def python_literal(value: Any, /) -> str:
    """Texts, numbers, None, lists and dicts as Python reads them, with nothing that a shell would read."""
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(python_literal, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{python_literal(key)}: {python_literal(one)}' for key, one in value.items())}}}"
    if not isinstance(value, str):
        return repr(value)
    return "'" + "".join(_escaped(char) for char in value) + "'"


def _escaped(char: str) -> str:
    code = ord(char)
    if char in _PLAIN or (code > 0x7F and char.isprintable()):
        return char
    if char == "\t":
        return "\\t"
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
