r"""`-o "KEY='value'"`: written so that any shell and PaddleClas's own evaluation give back the value.

A text is a Python literal in single quotes. What a shell, Python or PaddleClas's split at ``=`` would take for its own
stands as an escape, so that nothing in double quotes means anything to a shell.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Sequence
from typing import Any, Final

from datatool.errors import ConfigError

_PLAIN: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 #%&()*+,-./:;<>?@[]^_{|}~")
_AS_GIVEN: Final = re.compile(
    r"[A-Za-z0-9 #%&()*+,./:;<>?@\[\]^_{|}~='-]+"
)  # nothing in it is special in double quotes


def option(key: str, value: Any, /) -> str:
    r"""An override as it is pasted.

    >>> print(option("Arch.class_num", 10))
    -o "Arch.class_num=10"
    >>> print(option("a.root", "it's/$HOME=1"))
    -o "a.root='it\x27s/\x24HOME\x3d1'"
    """
    return f'-o "{key}={python_literal(value)}"'


def python_literal(value: Any, /) -> str:
    """A text, number, boolean or None as Python reads it, with nothing that a shell would read."""
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


def as_given(text: str, /) -> str:
    """An override of the user's, quoted for a shell."""
    return f'-o "{text}"' if _AS_GIVEN.fullmatch(text) else f"-o {shlex.quote(text)}"


def overrides_text(options: Iterable[str], /) -> str:
    """The file `overrides.txt`: one override a line, as a shell takes them."""
    return "".join(f"{one}\n" for one in options)


def read_overrides(text: str, /) -> list[str]:
    """The overrides of such a text as a shell hands them to PaddleClas.

    Raises:
        ConfigError: If it holds anything else.
    """
    words = shlex.split(text)
    if len(words) % 2 or any(word != "-o" for word in words[::2]):
        raise ConfigError("overrides.txt must hold one -o KEY=VALUE a line; got something else")
    return words[1::2]


def command(yaml: str, options: Sequence[str], /) -> str:
    """The line that trains, to be pasted into the folder that PaddleClas runs in."""
    return " \\\n    ".join([f"python3 tools/train.py -c {shlex.quote(yaml)}", *options])
