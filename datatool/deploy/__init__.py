"""After training: verified export, prediction, profiles.

::

    _export.py        a run to a model folder, all or nothing
    _exported_run.py  the run that is exported
    _formats.py       what it can be exported to: _paddle.py, _onnx.py, _pdparams.py
    _verify.py        the exported model beside the eager one, on real images
    _digests.py       digests of a model folder's files
    _calibrate.py     what scores are worth on held-out rows; _temperature.py has the arithmetic
    _calibration_page.py  `calibration.html`
    _predictor.py     an exported model, opened
    _predict.py       its predictions on images
    _inputs.py        what `datatool predict` is pointed at
    _logits.py        logits of a list of pictures
    _confidences.py   how sure a model is of pictures
    _estimate.py      class shares in use, from predictions
    _prior.py         from trained class shares to those in use
    profiling/        what models cost, side by side
"""

from __future__ import annotations

from datatool.deploy._calibrate import calibrate
from datatool.deploy._confidences import confidences
from datatool.deploy._estimate import PriorEstimate
from datatool.deploy._export import Exported, export
from datatool.deploy._formats import FORMATS
from datatool.deploy._inputs import image_paths
from datatool.deploy._predict import Prediction, predict, write_parquet
from datatool.deploy._predictor import Predictor
from datatool.deploy._prior import log_ratio, read_prior
from datatool.deploy.profiling import Cost, Limits, choose, count, milliseconds, profile, write_profile_page
from datatool.frameworks import conv_macs, linear_macs

__all__ = [
    "FORMATS",
    "Cost",
    "Exported",
    "Limits",
    "Prediction",
    "Predictor",
    "PriorEstimate",
    "calibrate",
    "choose",
    "confidences",
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
