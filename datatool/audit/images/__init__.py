"""Image files: measured strictly and once, hashed three ways, compared across splits and labels.

::

    _files       rows to files, each under one name
    _endings     paths without an ending, and the files that they mean
    _scan        every distinct file once, unchanged ones not at all
    _measure     one file: format, size, damage, hashes
    _strict      decoding that says what it had to guess
    _hash        hashes of bytes, pixels and look
    _parents     looks of pictures and of their mirror images
    _near        pairs of looks a few bits apart
    _sql         queries over what was measured, for the checks
    _statistics  sizes, formats and modes
    _contents    digests that lie beside the lists of a data set
    _cache       what earlier scans measured
    _engines     where the work is done: threads, or a Ray cluster

`__init__.pyi` lists the exports. They load when they are first named: checks ask what
was measured, and need nothing that measures.
"""

from __future__ import annotations

from datatool.lazy import attach_stub

__getattr__, __all__ = attach_stub(__name__, __file__)
