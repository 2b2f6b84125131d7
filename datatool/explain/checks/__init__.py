"""What can be looked at on this machine to tell causes apart, a kind of look per file.

    _look.py        everything that a check asks for
    _place.py       where the run stood, and what its log named
    _audit.py       the list that the log names: findings that speak for a cause
    _doctor.py      the machine: shared memory, memory, packages
    _checkpoint.py  the file of weights
    _path.py        a file that a message names

A further kind is its file, a field of `LocalCheck`, and its line here.
"""

from __future__ import annotations

from datatool.explain.checks._look import look
from datatool.explain.checks._place import Looked, Place

__all__ = ["Looked", "Place", "look"]
