"""The exception tree; drawn in `datatool.schemas._errors`."""

from __future__ import annotations

from datatool.schemas import (
    CheckpointError,
    ConfigError,
    DatasetError,
    DatatoolError,
    FindingsError,
    LoaderError,
    MissingDependencyError,
    PlanError,
)

__all__ = [
    "CheckpointError",
    "ConfigError",
    "DatasetError",
    "DatatoolError",
    "FindingsError",
    "LoaderError",
    "MissingDependencyError",
    "PlanError",
]
