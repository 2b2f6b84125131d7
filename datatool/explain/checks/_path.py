"""A look for a file that a message names."""

from __future__ import annotations

from datatool.explain.checks._place import Looked, Place


def look_at_path(group: str, place: Place, /) -> Looked:
    """The cause, that a file is not there, holds where it is not."""
    named = place.groups.get(group, "")
    if not named:
        return Looked(verdict=None, found="the log does not name the file")
    if place.path(named).exists():
        return Looked(verdict="ruled-out", found=f"{named} is there, seen from {place.folder}")
    return Looked(verdict="confirmed", found=f"{named} is not there, seen from {place.folder}")
