"""A look at the machine, as `datatool doctor` sees it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Final

from datatool.explain.checks._place import Looked
from datatool.schemas import DoctorDocument

_PASSING: Final = {"memory-low", "shared-memory-full"}  # what is not so now may have been so when the run failed
_FULL: Final = 0.25  # of shared memory that is free; below it others fill it


def look_at_machine(words: Sequence[str], /) -> Looked:
    """The cause holds where the machine has one of these notes."""
    seen = _doctor()
    notes = {note.name: note.message for note in seen.notes}
    shm = seen.shared_memory
    if shm.size and shm.free < _FULL * shm.size:
        notes["shared-memory-full"] = f"{shm.path} has {shm.free:,} of {shm.size:,} bytes free"
    if seen.versions.get("paddlepaddle") and not seen.versions.get("paddlepaddle-gpu"):
        notes["cpu-paddle"] = f"paddlepaddle {seen.versions['paddlepaddle']} is installed, which has no CUDA"
    said = [notes[word] for word in words if word in notes]
    if said:
        return Looked(verdict="confirmed", found=f"on this machine {'; '.join(said)}")
    if _PASSING & {*words}:
        return Looked(verdict=None, found="memory that is free now may have been taken then")
    return Looked(verdict="ruled-out", found="this machine shows no sign of it")


@cache
def _doctor() -> DoctorDocument:
    from datatool.doctor import doctor

    return doctor()
