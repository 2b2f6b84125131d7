"""The byte cache: encoded images of object stores on a disk of this machine, shared by its processes.

    bytes.slab   | region of set 0 | region of set 1 | ...        images, one behind the other, with gaps
    bytes.index  | header | entries of set 0 | entries of set 1 | ...   64 bytes for each image

_sets.py   arithmetic of one set: which entry an image has, and what makes room for it
_files.py  the two files, their header, and locks that end with their process
_disk.py   whether a disk is one to keep a cache on
_cache.py  the cache: get and put

An image's name (its store, ETag, offset and length) says which set is its own. A set has entries and a region of its
own, so that whoever changes one locks nobody out of the others. An entry is cleared before its bytes are written over
and written after its own bytes are: a process that dies in between leaves a miss, never other bytes. Every read
compares a checksum. Nothing is mapped: a file that is cut short is a miss too, not a signal.
"""

from __future__ import annotations

from datatool.storage.cache._cache import ByteCache, CacheCounts, open_cache

__all__ = ["ByteCache", "CacheCounts", "open_cache"]
