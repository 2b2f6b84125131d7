"""Files and folders that are no data set: told by their first bytes, named in a sentence, never read as text.

::

    _seen     what is looked at of a file, packed by gzip or not
    _table    formats of files: how each is told, what it is called, the way on
    _tells    how those are told that have no magic number of their own
    _folders  the same for folders
    _refuse   the sentence
"""

from __future__ import annotations

from datatool.rows.foreign._refuse import refuse_binary_file, refuse_foreign, refuse_other_file

__all__ = ["refuse_binary_file", "refuse_foreign", "refuse_other_file"]
