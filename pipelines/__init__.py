"""Bytes to batches: read, sanitise, decode, augment, cache, transport."""

from __future__ import annotations

if __name__ == "pipelines":
    raise ImportError("import datatool.pipelines; the folder on sys.path would make second copies of its classes")

from datatool.lazy import attach_stub

__getattr__, __all__ = attach_stub(__name__, __file__)
