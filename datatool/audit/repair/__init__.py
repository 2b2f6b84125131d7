"""Repair: new folders from a data set; the originals are never touched."""

from __future__ import annotations

from datatool.audit.repair._clean import clean, needs_images
from datatool.audit.repair._relabel import relabel
from datatool.audit.repair._split import split

__all__ = ["clean", "needs_images", "relabel", "split"]
