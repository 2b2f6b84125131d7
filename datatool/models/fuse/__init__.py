"""Convolutions and their batch norms, RepVGG and ACNet blocks, into single convolutions."""

from __future__ import annotations

from datatool.models.fuse._fuse import fuse

__all__ = ["fuse"]
