"""W208: class names that look the same."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from typing import Final

from datatool.audit._check import Check, Found
from datatool.audit._context import Context
from datatool.schemas import Example, plural

# Letters without a shape of their own that Unicode does not call format characters: fillers, joiners, selectors.
_UNSEEN: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")


def _find(context: Context) -> Found | None:
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for name in context.class_names:
        groups[_look(name)].append(name)
    alike = [names for names in groups.values() if len(names) > 1]
    if not alike:
        return None
    shown = "; ".join(" and ".join(map(ascii, names)) for names in alike[:3])
    return Found(
        count=sum(map(len, alike)),
        message=f"{plural(sum(map(len, alike)), 'class')} whose names look like another's: {shown}",
        hint="write each class one way",
        examples=[
            Example(file=context.names_file, text=name, reason=f"looks like {names[0]!a}")
            for names in alike
            for name in names[1:]
        ][: context.options.max_examples],
    )


def _look(name: str) -> str:
    """A name without what nobody sees: case, ways to write one letter, blanks and invisible characters."""
    if name.isascii() and name.isprintable():  # most names, of many thousand classes
        return name.lower().replace(" ", "")
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    return "".join(mark for mark in folded if not _is_unseen(mark))


def _is_unseen(mark: str) -> bool:
    is_selector = "\ufe00" <= mark <= "\ufe0f" or "\U000e0100" <= mark <= "\U000e01ef"
    return mark.isspace() or mark in _UNSEEN or is_selector or unicodedata.category(mark) in ("Cf", "Cc", "Zs")


LOOK_ALIKE_CLASSES: Final = Check(
    code="W208",
    name="look-alike-classes",
    when="names are equal but for case, blanks, invisible characters or ways to write a letter",
    text=(
        "Two classes have names that nobody can tell apart: `Cat` and `cat`, a blank at the end, a zero-width space, "
        "an accent as a letter or as a mark of its own (compared after NFKC, case folding, and removal of blanks and "
        "invisible characters). They are most likely one class, split in two."
    ),
    example="classes.txt:\n0 Cat\n1 cat\ntrain.txt:\na.jpg 0\nb.jpg 1\n",
    fix="write each class one way, in folders, names and lists.",
    look=_find,
)
