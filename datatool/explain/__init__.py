"""A training log to its cause, by rules that are data.

::

    failures.yaml  the rules: what logs say, the causes in order, what tells them apart, what to run
    _rules         that file as objects
    _literals      text that a match must hold, to pass over most of a large log quickly
    _lines         a log as blocks of whole lines: plain, gzip, standard input
    _logs          which files a log consists of: one, or one per rank
    _scan          one pass over a log: what matched where, and the tracebacks
    _tracebacks    tracebacks of Python, collected line by line
    _settings      the configuration that PaddleClas prints at the start
    _story         from the last line that matched back to the first cause
    _causes        the causes of a rule, ordered by what the log says
    checks/        what can be looked at on this machine
    _ranks         which rank failed first
    _explain       a log to its document
    _codes         what the documentation says of a finding
"""

from __future__ import annotations

from datatool.explain._codes import explain_code, is_code
from datatool.explain._explain import explain
from datatool.explain._rules import Rules, read_rules

__all__ = ["Rules", "explain", "explain_code", "is_code", "read_rules"]
