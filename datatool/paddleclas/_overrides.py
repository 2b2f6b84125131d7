"""Overrides of PaddleClas as they are written, pasted and read back."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Sequence
from typing import Final

from datatool.errors import ConfigError

_AS_GIVEN: Final = re.compile(
    r"[A-Za-z0-9 #%&()*+,./:;<>?@\[\]^_{|}~='-]+"
)  # nothing in it is special in double quotes


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


def command(yaml: str, options: Sequence[str], /, *, script: str = "tools/train.py") -> str:
    """A line to be pasted into the folder that PaddleClas runs in."""
    return " \\\n    ".join([f"python3 {script} -c {shlex.quote(yaml)}", *options])
