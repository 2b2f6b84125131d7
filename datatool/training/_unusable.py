"""Images of a stage that could not be used as they are: said once, by name."""

from __future__ import annotations

from collections.abc import Sequence

from datatool.loader import FileError
from datatool.runs import log
from datatool.schemas import plural, some_named


def say_unusable(errors: Sequence[FileError], known: int, /) -> int:
    """Say what failed after the first ``known`` files; returns how many are known now.

    The loader has replaced or mended them by then, and a file is said once however often it is drawn.
    """
    new = errors[known:]
    for done, sentence in (
        ("replaced", "replaced by others of the same class and source"),
        ("repaired", "mended on reading"),
    ):
        found = [f"{error.path} ({error.reason})" for error in new if error.action == done]
        if found:
            log(f"{plural(len(found), 'image')} {sentence}: {some_named(found)}")
    return len(errors)
