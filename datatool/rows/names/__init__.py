"""Class names.

::

    _file    a names file: `id name` per line
    _settle  which names classes have, and which ids names get, over all parts of a data set
"""

from __future__ import annotations

__all__: list[str] = []
