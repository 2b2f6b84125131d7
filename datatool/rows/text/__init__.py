"""List text: from bytes to paths and labels.

::

    _bytes     bytes of a list as blocks of whole lines, plain or gzip
    _encoding  text in other encodings, read as UTF-8
    _ahead     blocks parsed in a thread, a few ahead
    _block     a block of list text, parsed at once
    _fields    lines with as many fields each, cut at their delimiters
    _json_even lines of JSON that are alike but for their texts
    _grammar   one line of list text, as a plain function
    _sniff     which separator a list uses
    _header    whether the first line is a header
"""

from __future__ import annotations

__all__: list[str] = []
