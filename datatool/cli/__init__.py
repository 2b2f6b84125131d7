"""The command line: one file per command, each parses, calls one library function, and renders."""

from __future__ import annotations

from datatool.cli._app import main

__all__ = ["main"]
