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
"""

from __future__ import annotations

from datatool.audit.images._contents import CONTENTS, contents_file, load_contents, write_contents
from datatool.audit.images._engines import THREADS, Engine, ThreadEngine, open_engine
from datatool.audit.images._files import rows_with_files
from datatool.audit.images._hash import byte_hash
from datatool.audit.images._near import alike_pairs
from datatool.audit.images._parents import Looks, for_each_picture, looks_of
from datatool.audit.images._scan import ScanCounts, scan
from datatool.audit.images._sql import conflicts, distinct_images, leaks, measured_as, near_duplicates, same_content
from datatool.audit.images._statistics import image_statistics

__all__ = [
    "CONTENTS",
    "THREADS",
    "Engine",
    "Looks",
    "ScanCounts",
    "ThreadEngine",
    "alike_pairs",
    "byte_hash",
    "conflicts",
    "contents_file",
    "distinct_images",
    "for_each_picture",
    "image_statistics",
    "leaks",
    "load_contents",
    "looks_of",
    "measured_as",
    "near_duplicates",
    "open_engine",
    "rows_with_files",
    "same_content",
    "scan",
    "write_contents",
]
