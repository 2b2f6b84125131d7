"""Measures the loader on the user's own plan, and says what to change."""

from __future__ import annotations

from datatool.bench._bench import BenchOptions, bench

__all__ = ["BenchOptions", "bench"]
