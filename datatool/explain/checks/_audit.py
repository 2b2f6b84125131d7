"""A look at the list that the log names: which findings of the audit speak for a cause."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from datatool.audit import CHECKS
from datatool.explain.checks._place import Looked, Place
from datatool.schemas import AuditDocument, DatatoolError

SEPARATOR: Final = "separator"  # not a blank, which is what PaddleClas splits at
ALL_MISSING: Final = "E401-all"
_BLANK: Final = "space"


def look_at_list(words: Sequence[str], place: Place, /) -> Looked:
    """Audit the list; the cause holds where one of the codes is found."""
    named = place.named.get("LIST")
    if named is None:
        return Looked(verdict=None, found="the log names no list; --list FILE does")
    if not place.path(named).exists():
        return Looked(verdict=None, found=f"the list {named} is not here; --cwd DIR says where the run stood")
    try:
        document = place.audited_with_images if _needs_images(words) else place.audited
    except DatatoolError as error:
        return Looked(verdict=None, found=f"the list cannot be audited: {error}")
    said = [sentence for word in words for sentence in _said(word, document)]
    if said:
        return Looked(verdict="confirmed", found=f"{named}: {'; '.join(said)}")
    unasked = place.class_num is None and list(words) == ["E203"]
    nothing = "the log names no class_num" if unasked else f"{named}: no {' and no '.join(words)}"
    return Looked(verdict=None if unasked else "ruled-out", found=nothing)


def _needs_images(words: Sequence[str]) -> bool:
    return any(word == ALL_MISSING or (word in CHECKS and CHECKS[word].needs_images) for word in words)


def _said(word: str, document: AuditDocument) -> Iterator[str]:
    if word == SEPARATOR:
        others = [listed for listed in document.files if listed.separator not in (None, _BLANK)]
        yield from (f"the separator of {listed.path} is {listed.separator}" for listed in others)
        return
    code = word.removesuffix("-all")
    for finding in document.findings:
        if finding.code == code and (word == code or finding.count >= document.rows):
            yield f"{finding.code} {finding.message}"
