"""After training: verified export, prediction, profiles."""

from __future__ import annotations

from datatool.deploy._count import Cost, count
from datatool.deploy._export import Exported, export
from datatool.deploy._inputs import image_paths
from datatool.deploy._predict import Prediction, predict, write_parquet
from datatool.deploy._predictor import Predictor
from datatool.deploy._prior import log_ratio, read_prior
from datatool.deploy._profile import Limits, choose, milliseconds, profile
from datatool.deploy._profile_page import write_profile_page
from datatool.frameworks import conv_macs, linear_macs

__all__ = [
    "Cost",
    "Exported",
    "Limits",
    "Prediction",
    "Predictor",
    "choose",
    "conv_macs",
    "count",
    "export",
    "image_paths",
    "linear_macs",
    "log_ratio",
    "milliseconds",
    "predict",
    "profile",
    "read_prior",
    "write_parquet",
    "write_profile_page",
]
