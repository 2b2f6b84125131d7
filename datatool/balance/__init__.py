"""Rows and a strategy to a plan folder; the arithmetic is in datatool.samplers."""

from __future__ import annotations

from datatool.balance._make import make_plan

__all__ = ["make_plan"]
