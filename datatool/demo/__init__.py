"""`datatool demo`: the main job on embedded data."""

from __future__ import annotations

from datatool.demo._backbone import small_backbone
from datatool.demo._run import run_demo

__all__ = ["run_demo", "small_backbone"]
