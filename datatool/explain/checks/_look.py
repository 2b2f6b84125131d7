"""Everything that a check asks for, looked at."""

from __future__ import annotations

from datatool.explain._rules import LocalCheck
from datatool.explain.checks._audit import look_at_list
from datatool.explain.checks._checkpoint import look_at_checkpoint
from datatool.explain.checks._doctor import look_at_machine
from datatool.explain.checks._path import look_at_path
from datatool.explain.checks._place import Looked, Place


def look(check: LocalCheck, place: Place, /) -> Looked:
    """Look at everything that a check asks for; the first look that settles it counts."""
    looks = []
    if check.audit:
        looks.append(look_at_list(check.audit, place))
    if check.doctor:
        looks.append(look_at_machine(check.doctor))
    if check.checkpoint:
        looks.append(look_at_checkpoint(check.checkpoint, place))
    if check.path is not None:
        looks.append(look_at_path(check.path, place))
    return min(looks, key=lambda looked: looked.verdict is None)
