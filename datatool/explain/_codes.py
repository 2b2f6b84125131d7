"""What the documentation says of a finding: the check's own text, from which docs/audit.md is written too."""

from __future__ import annotations

import re

from datatool.audit import CHECKS
from datatool.paddleclas import CODES, ClasCode
from datatool.schemas import CodeDocument, ConfigError, nearest


def is_code(text: str, /) -> bool:
    """Whether a text has the form of a finding's code.

    >>> is_code("w202"), is_code("train.log")
    (True, False)
    """
    return re.fullmatch("[EWI][0-9]{3}", text.upper()) is not None


def explain_code(text: str, /) -> CodeDocument:
    """What is said of a finding.

    Raises:
        ConfigError: If no check has this code.
    """
    check = CHECKS.get(text.upper())
    if check is None and text.upper() in CODES:
        return _of_paddleclas(CODES[text.upper()])
    if check is None:
        near = nearest(text.upper(), [*CHECKS, *CODES])
        hint = "docs/audit.md lists every code" if near is None else f"did you mean {near}?"
        raise ConfigError(f"a code must be that of a finding; got '{text}'", hint=hint)
    return CodeDocument(
        code=check.code,
        name=check.name,
        severity=check.severity,
        when=check.when,
        text=check.text,
        example=check.example,
        fix=check.fix,
        needs_images=check.needs_images,
    )


def _of_paddleclas(code: ClasCode) -> CodeDocument:
    """What is said of a finding about a YAML of PaddleClas; there is no list to show it on."""
    return CodeDocument(
        code=code.code,
        name=code.name,
        severity=code.severity,
        when=code.when,
        text=code.text,
        example="",
        fix=code.fix,
        needs_images=False,
    )
