"""What `datatool` exports, each name once; `__init__.py` loads it when it is first named."""

from datatool import errors as errors
from datatool.front import Data as Data
from datatool.front import Evaluation as Evaluation
from datatool.front import Report as Report
from datatool.front import Run as Run
from datatool.front import read as read
from datatool.front import train as train
from datatool.loader import BalancedLoader as BalancedLoader
from datatool.loader import Batch as Batch
from datatool.samplers import BalancedSampler as BalancedSampler
from datatool.schemas import Plan as Plan

__version__: str
