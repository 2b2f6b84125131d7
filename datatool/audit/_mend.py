"""One command line for every finding that a command mends by itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from datatool.audit._context import Context
from datatool.audit.checks import CHECKS
from datatool.schemas import Finding

_CLEANED, _RELABELLED = "cleaned", "relabelled"  # folders that it writes
_GROUPED: Final = "E506"  # found by groups, so that clean has to be told them too
_NAMES: Final = "E107"  # labels are words: until they are ids, nothing else can be said


class Mend(NamedTuple):
    """A command line, and the codes that it mends."""

    command: str
    codes: tuple[str, ...]


def combined_mend(context: Context, findings: Sequence[Finding], /) -> Mend | None:
    """What mends all that can be mended without a look: rows left out, then ids made dense; None without any."""
    dropped = [one for one in findings if one.hint.startswith("datatool clean ") and CHECKS[one.code].names_lines]
    dense = [one for one in findings if one.hint.startswith("datatool relabel ")]
    if any(one.code == _NAMES for one in dense):
        dropped = []
    commands = []
    if dropped:
        codes = ",".join(one.code for one in dropped)
        images = "--images " if any(" --images " in one.hint for one in dropped) else ""
        grouped = any(one.code == _GROUPED for one in dropped)
        commands.append(context.fix("clean", f"{images}--drop {codes} -o {_CLEANED}", grouped=grouped))
    if dense:
        on_original = context.fix("relabel", f"-o {_RELABELLED}")
        commands.append(f"datatool relabel {_CLEANED}/dataset.yaml -o {_RELABELLED}" if dropped else on_original)
    codes_mended = tuple(one.code for one in findings if one in dropped or one in dense)
    return Mend(" &&\n".join(commands), codes_mended) if commands else None
