"""Weight files of any framework as arrays by name, without running code, in memory bounded by their size.

::

    _read            one file to its arrays, and their names as another framework has them
    _file_kinds      what a file is by its first bytes, and what to do where it is no weights
    _saved_vars      variables of static graphs, one file each, in a folder or a tar
    _unpickle        the pickles of Paddle and torch: what they may name
    _pickle_machine  reads opcodes one by one; imports, calls and sets nothing
    _budget          what reading a file may take
    _state_dicts     which state dict is taken where a file holds several
"""

from __future__ import annotations

from datatool.models.weights._file_kinds import check_kind, located
from datatool.models.weights._read import Weights, format_of, read_raw, read_weights, rename

__all__ = ["Weights", "check_kind", "format_of", "located", "read_raw", "read_weights", "rename"]
