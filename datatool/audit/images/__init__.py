"""Image files: measured strictly and once, hashed three ways, compared across splits and labels."""

from __future__ import annotations

from datatool.audit.images._engines import Engine, open_engine
from datatool.audit.images._scan import MAX_PIXELS, ScanCounts, scan
from datatool.audit.images._sql import conflicts, leaks, measured_as, near_duplicates
from datatool.audit.images._statistics import image_statistics

__all__ = [
    "MAX_PIXELS",
    "Engine",
    "ScanCounts",
    "conflicts",
    "image_statistics",
    "leaks",
    "measured_as",
    "near_duplicates",
    "open_engine",
    "scan",
]
