"""Everything that is written or read: data sets, rows, findings, plans, recipes, runs, and the exception tree.

Models are loaded when they are first named: pydantic and numpy cost start-up time that `datatool --help` does not have.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if __name__ == "schemas":
    raise ImportError("import datatool.schemas; the folder on sys.path would make second copies of its classes")

from datatool.schemas._errors import (
    CheckpointError,
    ConfigError,
    DatasetError,
    DatatoolError,
    FindingsError,
    LoaderError,
    MissingDependencyError,
    PlanError,
)

if TYPE_CHECKING:
    from datatool.schemas._apportion import largest_remainder, water_fill
    from datatool.schemas._atomic import atomic_file, atomic_folder, check_file
    from datatool.schemas._balance import Advice, BalanceDocument, Repeats
    from datatool.schemas._base import Document, nearest
    from datatool.schemas._bench import BenchAdvice, BenchDocument, BenchEngine, BenchFiles
    from datatool.schemas._codes import CODES, Code, Severity
    from datatool.schemas._dataset import Dataset, DatasetFile, DatasetPart, Kind, Part
    from datatool.schemas._demo import DemoClass, DemoDocument, DemoResult
    from datatool.schemas._doctor import (
        DoctorCpu,
        DoctorDocument,
        DoctorGpu,
        DoctorMemory,
        DoctorNote,
        DoctorSharedMemory,
        DoctorTransport,
    )
    from datatool.schemas._evaluation import ClassMetrics, EvalDocument, SourceMetrics, TrainCell
    from datatool.schemas._findings import (
        AuditDocument,
        ClassifierCost,
        Example,
        Finding,
        ImageStatistics,
        ListedFile,
        SizeSpread,
    )
    from datatool.schemas._index import FINGERPRINT_KEY, INDEX_BATCH_ROWS, INDEX_COLUMNS, ROWS_DIGEST_KEY
    from datatool.schemas._margins import SourceMargins, meet_sources, source_margins
    from datatool.schemas._model import ModelMeta, Verified
    from datatool.schemas._plan import IndexRows, Plan
    from datatool.schemas._plan_document import (
        INDEX_FILE,
        PLAN_FILE,
        Cells,
        PlanCell,
        PlanDocument,
        PlanStats,
        plan_fingerprint,
    )
    from datatool.schemas._prepare import PrepareDocument
    from datatool.schemas._profile import Latency, ModelProfile, ProfileDocument
    from datatool.schemas._quotas import Limits, between, round_quotas
    from datatool.schemas._recipe import (
        DataSection,
        DistillSection,
        GlobalSection,
        LossSection,
        ModelSection,
        OptimizerSection,
        Recipe,
        RunSection,
    )
    from datatool.schemas._repair import RelabelMap, RepairDocument
    from datatool.schemas._require import require
    from datatool.schemas._root import relative_root
    from datatool.schemas._rows import COLUMNS, EVAL_SPLITS, MAX_LABEL, REAL, SYNTHETIC, TRAIN
    from datatool.schemas._run import MetricsLine, RunState, StageData, Transform
    from datatool.schemas._yaml import load_yaml

__all__ = [
    "CODES",
    "COLUMNS",
    "EVAL_SPLITS",
    "FINGERPRINT_KEY",
    "INDEX_BATCH_ROWS",
    "INDEX_COLUMNS",
    "INDEX_FILE",
    "MAX_LABEL",
    "PLAN_FILE",
    "REAL",
    "ROWS_DIGEST_KEY",
    "SYNTHETIC",
    "TRAIN",
    "Advice",
    "AuditDocument",
    "BalanceDocument",
    "BenchAdvice",
    "BenchDocument",
    "BenchEngine",
    "BenchFiles",
    "Cells",
    "CheckpointError",
    "ClassMetrics",
    "ClassifierCost",
    "Code",
    "ConfigError",
    "DataSection",
    "Dataset",
    "DatasetError",
    "DatasetFile",
    "DatasetPart",
    "DatatoolError",
    "DemoClass",
    "DemoDocument",
    "DemoResult",
    "DistillSection",
    "DoctorCpu",
    "DoctorDocument",
    "DoctorGpu",
    "DoctorMemory",
    "DoctorNote",
    "DoctorSharedMemory",
    "DoctorTransport",
    "Document",
    "EvalDocument",
    "Example",
    "Finding",
    "FindingsError",
    "GlobalSection",
    "ImageStatistics",
    "IndexRows",
    "Kind",
    "Latency",
    "Limits",
    "ListedFile",
    "LoaderError",
    "LossSection",
    "MetricsLine",
    "MissingDependencyError",
    "ModelMeta",
    "ModelProfile",
    "ModelSection",
    "OptimizerSection",
    "Part",
    "Plan",
    "PlanCell",
    "PlanDocument",
    "PlanError",
    "PlanStats",
    "PrepareDocument",
    "ProfileDocument",
    "Recipe",
    "RelabelMap",
    "RepairDocument",
    "Repeats",
    "RunSection",
    "RunState",
    "Severity",
    "SizeSpread",
    "SourceMargins",
    "SourceMetrics",
    "StageData",
    "TrainCell",
    "Transform",
    "Verified",
    "atomic_file",
    "atomic_folder",
    "between",
    "check_file",
    "largest_remainder",
    "load_yaml",
    "meet_sources",
    "nearest",
    "plan_fingerprint",
    "relative_root",
    "require",
    "round_quotas",
    "source_margins",
    "water_fill",
]

_HOME = {
    "_atomic": ["atomic_file", "atomic_folder", "check_file"],
    "_apportion": ["largest_remainder", "water_fill"],
    "_balance": ["Advice", "BalanceDocument", "Repeats"],
    "_base": ["Document", "nearest"],
    "_bench": ["BenchAdvice", "BenchDocument", "BenchEngine", "BenchFiles"],
    "_codes": ["CODES", "Code", "Severity"],
    "_dataset": ["Dataset", "DatasetFile", "DatasetPart", "Kind", "Part"],
    "_demo": ["DemoClass", "DemoDocument", "DemoResult"],
    "_doctor": [
        "DoctorCpu",
        "DoctorDocument",
        "DoctorGpu",
        "DoctorMemory",
        "DoctorNote",
        "DoctorSharedMemory",
        "DoctorTransport",
    ],
    "_evaluation": ["ClassMetrics", "EvalDocument", "SourceMetrics", "TrainCell"],
    "_findings": [
        "AuditDocument",
        "ClassifierCost",
        "Example",
        "Finding",
        "ImageStatistics",
        "ListedFile",
        "SizeSpread",
    ],
    "_margins": ["SourceMargins", "meet_sources", "source_margins"],
    "_quotas": ["Limits", "between", "round_quotas"],
    "_model": ["ModelMeta", "Verified"],
    "_index": ["FINGERPRINT_KEY", "INDEX_BATCH_ROWS", "INDEX_COLUMNS", "ROWS_DIGEST_KEY"],
    "_plan": ["IndexRows", "Plan"],
    "_plan_document": [
        "INDEX_FILE",
        "PLAN_FILE",
        "Cells",
        "PlanCell",
        "PlanDocument",
        "PlanStats",
        "plan_fingerprint",
    ],
    "_prepare": ["PrepareDocument"],
    "_profile": ["Latency", "ModelProfile", "ProfileDocument"],
    "_recipe": [
        "DataSection",
        "DistillSection",
        "GlobalSection",
        "LossSection",
        "ModelSection",
        "OptimizerSection",
        "Recipe",
        "RunSection",
    ],
    "_repair": ["RelabelMap", "RepairDocument"],
    "_require": ["require"],
    "_root": ["relative_root"],
    "_rows": ["COLUMNS", "EVAL_SPLITS", "MAX_LABEL", "REAL", "SYNTHETIC", "TRAIN"],
    "_run": ["MetricsLine", "RunState", "StageData", "Transform"],
    "_yaml": ["load_yaml"],
}
_MODULE_OF = {name: module for module, names in _HOME.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
    globals()[name] = value
    return value
