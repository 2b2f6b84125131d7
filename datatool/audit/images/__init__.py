"""Image files: measured strictly and once, hashed three ways, compared across splits and labels.

::

    _files       rows to files, each under one name
    _scan        every distinct file once, unchanged ones not at all
    _measure     one file: format, size, damage, hashes
    _strict      decoding that says what it had to guess
    _hash        hashes of bytes, pixels and look
    _parents     looks of pictures and of their mirror images
    _near        pairs of looks a few bits apart
    _sql         queries over what was measured, for the checks
    _statistics  sizes, formats and modes
    _cache       what earlier scans measured
    _engines     where the work is done: threads, or a Ray cluster
"""

from __future__ import annotations

from datatool.audit.images._engines import Engine, open_engine
from datatool.audit.images._files import rows_with_files
from datatool.audit.images._hash import byte_hash
from datatool.audit.images._parents import Looks, looks_of
from datatool.audit.images._scan import ScanCounts, scan
from datatool.audit.images._sql import conflicts, leaks, measured_as, near_duplicates
from datatool.audit.images._statistics import image_statistics

__all__ = [
    "Engine",
    "Looks",
    "ScanCounts",
    "byte_hash",
    "conflicts",
    "image_statistics",
    "leaks",
    "looks_of",
    "measured_as",
    "near_duplicates",
    "open_engine",
    "rows_with_files",
    "scan",
]
