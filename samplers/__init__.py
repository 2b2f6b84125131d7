"""Arithmetic only: strategies, quotas, order and shards; numpy, no input or output, no framework."""

from __future__ import annotations

if __name__ == "samplers":
    raise ImportError("import datatool.samplers; the folder on sys.path would make second copies of its classes")

__all__: list[str] = []
