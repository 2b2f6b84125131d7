"""W206: names do not fit the ids."""

from __future__ import annotations

from collections import Counter
from typing import Final

from datatool.audit._check import Check, Found
from datatool.audit._context import Context
from datatool.schemas import Example, plural


def _find(context: Context) -> Found | None:
    names = context.rows.names
    if names is None or not context.names_file or not context.census.ids:
        return None
    if context.names_are_shifted:
        return _shifted(context)
    times = Counter(names.values())
    bare = [label for label in context.census.ids if label not in names]
    twice = [label for label, name in sorted(names.items()) if times[name] > 1]
    if not bare and not twice:
        return None
    said = []
    if bare:
        said.append(f"{plural(len(bare), 'id')} without a name: {context.class_list(bare)}")
    if twice:
        said.append(f"{plural(len(twice), 'id')} share a name: {context.class_list(twice)}")
    return Found(
        count=len(bare) + len(twice),
        message="; ".join(said),
        hint="write one `id name` line for each class",
        examples=[
            *(_example(context, f"{label}", f"id {label} has rows and no name") for label in bare),
            *(_example(context, f"{label} {names[label]}", "the name stands for more than one id") for label in twice),
        ][: context.options.max_examples],
    )


def _shifted(context: Context) -> Found:
    ids, named = context.census.ids, sorted(context.rows.names or ())
    return Found(
        count=len(named),
        message=f"names are numbered {named[0]} to {named[-1]} and ids {ids[0]} to {ids[-1]}: names are shifted by one",
        hint="number the names as the list has its ids",
    )


def _example(context: Context, text: str, reason: str) -> Example:
    return Example(file=context.names_file, text=text, reason=reason)


NAMES_DO_NOT_FIT: Final = Check(
    code="W206",
    name="names-do-not-fit",
    when="an id without a name, a name given twice, or names shifted by one",
    text=(
        "The names file and the ids do not fit: an id that has rows has no name, one name stands for several ids, or "
        "names are numbered from 1 while ids start at 0 (or the other way round), so that every class is called by its "
        "neighbour's name."
    ),
    example="classes.txt:\n1 cat\n2 dog\ntrain.txt:\na.jpg 0\nb.jpg 1\n",
    fix="write one `id name` line for each class, numbered as the list is.",
    look=_find,
)
