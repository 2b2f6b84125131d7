"""Everything that is written or read: data sets, rows, findings, plans, recipes, runs, and the exception tree.

    documents/       pydantic models of every file and of every `--json`, one file each
    allocation/      quotas, margins, apportionment; numpy only
    _plan.py         an opened plan folder
    _index.py        its `index.arrow`
    _ipc.py          where the buffers of an Arrow file lie
    _rows.py         the columns of rows
    _span.py         where the bytes of a member of a container are
    _arrow.py        numpy and Python values as Arrow arrays, and back
    _defaults.py     what recipes, commands and functions take where they are told nothing
    _errors.py       the exception tree
    _display.py      results as notebooks show them
    _shown.py        data as messages show them
    _atomic.py       files and folders that appear whole or not at all
    _lock.py         who writes where, and whose temporary files are left over
    _digits.py       digits in many places at once
    _number.py       whole numbers as people write them
    _root.py         how roots are written
    _user_cache.py   where what can be made again is kept
    _url.py          places that are URLs
    _yaml.py         YAML under the 1.2 core rules
    _require.py      optional packages
    _nearest.py      what a mistyped word was meant to be
    _generate.py     writes `*.schema.json`

`__init__.pyi` lists the exports. They load when they are first named: pydantic and numpy cost start-up time that
`datatool --help` does not have.
"""

from __future__ import annotations

if __name__ == "schemas":
    raise ImportError("import datatool.schemas; the folder on sys.path would make second copies of its classes")

from datatool.lazy import attach_stub

__getattr__, __all__ = attach_stub(__name__, __file__)
