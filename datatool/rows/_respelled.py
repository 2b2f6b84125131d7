"""One image under several spellings: which paths need a look, and SQL that gives them one text."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final, NamedTuple

import numpy as np

from datatool.rows._glob import quote
from datatool.schemas import SCHEMES, absolute_place, is_url

_DOT, _SLASH = ord("."), ord("/")
_URL: Final = f"^({'|'.join(SCHEMES)})"
_INLINE: Final = 12  # bytes of a text that Arrow keeps inside its view
_PREFIX: Final = 4  # where in a view the first bytes of its text stand
_MARKED: Final = 1 << 18  # bytes whose marks are looked for in one go, in memory that is used again
_WINDOW: Final = 1 << 16  # bytes looked at in one go: what is made from more gets fresh pages from the system each time

# What `os.path.normpath` does to an absolute path: parts are added up, and `..` takes the last one away.
_NORMALISED: Final = (
    "array_to_string(list_reduce(list_transform(string_split({0}, '/'), lambda part: [part]), "
    "lambda kept, part: CASE WHEN part[1] IN ('', '.') THEN kept WHEN part[1] <> '..' THEN list_concat(kept, part) "
    "WHEN len(kept) > 1 THEN kept[:-2] ELSE kept END), '/')"
)


class Spelling(NamedTuple):
    """What paths may hold: a cheap look, which never misses one.

    Attributes:
        outside: Whether one may be absolute or hold `..`.
        respelled: Whether one may hold `./`, `../` or `//`.
    """

    outside: bool
    respelled: bool


def spelling_of(batch: Any, /) -> Spelling:
    """How the paths of a batch may be spelled."""
    if not batch.num_rows:
        return Spelling(outside=False, respelled=False)
    column = batch.column("path")
    _, views, *buffers = column.buffers()
    inside = np.frombuffer(views, np.uint8, 16 * (column.offset + len(column))).reshape(-1, 16)[column.offset :]
    short = inside.view("<u4")[:, 0] <= _INLINE
    texts = [np.frombuffer(buffer, np.uint8) for buffer in buffers]
    texts += [inside[short, _PREFIX:].reshape(-1)] if short.any() else []
    near = [text for text in texts if _has_pairs(text)]
    return Spelling(
        outside=bool((inside[:, _PREFIX] == _SLASH).any()) or any(_anywhere(text, _is_doubled) for text in near),
        respelled=any(_anywhere(text, _is_dotted) for text in near),
    )


def _anywhere(text: Any, is_here: Callable[[Any], bool]) -> bool:
    """Whether two bytes that follow each other are what is looked for."""
    return any(is_here(text[start : start + _WINDOW + 1]) for start in range(0, len(text), _WINDOW))


def _has_pairs(text: Any) -> bool:
    """Whether a dot or a slash follows another: most texts have none, and need no further look."""
    room = np.empty((2, min(len(text), _MARKED + 1)), np.bool_)
    for start in range(0, len(text), _MARKED):
        window = text[start : start + _MARKED + 1]
        marks, pairs = room[0, : len(window)], room[1, : len(window) - 1]
        np.bitwise_or(window, 1, out=marks.view(np.uint8))  # a dot with its last bit set is a slash
        np.equal(marks.view(np.uint8), _SLASH, out=marks)
        np.logical_and(marks[1:], marks[:-1], out=pairs)
        if pairs.any():
            return True
    return False


def _is_doubled(text: Any) -> bool:
    return bool(((text[:-1] == _DOT) & (text[1:] == _DOT)).any())


def _is_dotted(text: Any) -> bool:
    return bool((((text[:-1] | 1) == _SLASH) & (text[1:] == _SLASH)).any())


def identity_sql(roots: Iterable[str], /, *, respelled: bool) -> str:
    """SQL text over the columns path and root that is equal where paths name one image.

    It is the normalised absolute path; without ``respelled`` and with one root, what follows the root.

    Args:
        roots: Of the parts, as the column has them.
        respelled: Whether a path may hold `./`, `../` or `//`.
    """
    absolute = {root: absolute_place(root).rstrip("/") for root in roots}
    if respelled:  # then slashes are folded below, those of a scheme too
        absolute = {root: where.replace("://", ":/") if is_url(where) else where for root, where in absolute.items()}
    one = len(set(absolute.values())) == 1
    if one and not respelled:
        where = next(iter(absolute.values()))
        below = f"path >= {quote(f'{where}/')} AND path < {quote(f'{where}0')}"  # "0" follows "/": has this prefix
        return f"CASE WHEN {below} THEN path[{len(where) + 2}:] ELSE path END"
    cases = " ".join(f"WHEN {quote(root)} THEN {quote(f'{where}/')}" for root, where in absolute.items())
    before = quote(f"{next(iter(absolute.values()))}/") if one else f"(CASE root {cases} END)"
    rooted = "starts_with(path, '/')"
    if not respelled:
        return f"CASE WHEN {rooted} THEN path ELSE {before} || path END"
    if any(map(is_url, absolute)):  # under a URL nothing is a path from the root of a disk
        rooted = f"({rooted} AND NOT regexp_matches({before}, '^[a-z0-9]+:/'))"
    url = f"contains(path, '://') AND regexp_matches(path, '{_URL}')"
    joined = f"CASE WHEN {rooted} OR ({url}) THEN path ELSE {before} || path END"
    return (
        f"CASE WHEN contains(path, '../') THEN {_NORMALISED.format(f'({joined})')} "
        rf"WHEN contains(path, './') OR contains(path, '//') THEN regexp_replace({joined}, '/(\.?/)+', '/', 'g') "
        f"ELSE {joined} END"
    )
